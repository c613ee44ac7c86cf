#!/bin/sh
# Makes tidemark-agent_<version>_<architecture>.deb: the bundled agent with the Node it was tested with, and its service.
# usage: build.sh <bundle folder> <node binary> <output folder>   (npm run build -- deb calls it)
# TIDEMARK_DEB_COMPRESSION is passed to dpkg-deb -Z (xz without it; gzip is quicker and half as large again).
set -eu

bundle=$1
node=$2
output=$3
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$root/agent/package.json")
architecture=$(dpkg --print-architecture)
stage=$(mktemp -d)
chmod 0755 "$stage" # it becomes the root of the host
trap 'rm -rf "$stage"' EXIT INT TERM

install -d -m 0755 "$stage/DEBIAN" "$stage/usr/bin" "$stage/usr/lib/tidemark-agent" \
  "$stage/lib/systemd/system" "$stage/usr/share/doc/tidemark-agent" "$stage/etc/default" "$stage/etc/tidemark"
install -m 0644 "$bundle"/*.mjs "$stage/usr/lib/tidemark-agent/"
install -m 0755 "$node" "$stage/usr/lib/tidemark-agent/node"
install -m 0755 "$here/tidemark-agent" "$stage/usr/bin/tidemark-agent"
install -m 0644 "$root/deploy/systemd/tidemark-agent.service" "$stage/lib/systemd/system/"
install -m 0644 "$here/default" "$stage/etc/default/tidemark-agent"
install -m 0644 "$here/agent.yaml" "$stage/etc/tidemark/agent.yaml"
install -m 0644 "$root/agent/README.md" "$root/deploy/docs/load-safety.md" "$root/LICENSE" "$stage/usr/share/doc/tidemark-agent/"

size=$(du -sk "$stage/usr" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$size/" \
  "$here/control" >"$stage/DEBIAN/control"
install -m 0644 "$here/conffiles" "$stage/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 0755 "$here/$script" "$stage/DEBIAN/$script"; done

mkdir -p "$output"
package="$output/tidemark-agent_${version}_${architecture}.deb"
dpkg-deb --root-owner-group -Z"${TIDEMARK_DEB_COMPRESSION:-xz}" --build "$stage" "$package" >/dev/null
printf '%s\n' "$package"
