// Versions and meshes, generalised to what is on a list. Pure.
import { meshes, otherLabel } from "@tidemark/proto";

/** `3.5` of `3.5.1-acme`, `v3.5`, `MAAS 3.5/stable`; `other` of what is no version. Whether it is a known one is for its list. */
export function majorMinor(version: string): string {
  const [, major, minor] = /^(?:v|maas[ -])?(\d{1,3})\.(\d{1,3})(?!\d)/i.exec(version.trim()) ?? [];
  return major === undefined || minor === undefined
    ? otherLabel
    : `${Number(major)}.${Number(minor)}`;
}

/** `26` of `v26.10.0`. */
export function majorOf(version: string): string {
  const [, major] = /^v?(\d{1,3})\./.exec(version.trim()) ?? [];
  return major === undefined ? otherLabel : `${Number(major)}`;
}

const meshSpellings: Readonly<Record<string, string>> = {
  "aws-app-mesh": "app-mesh",
  "citrix-service-mesh": "citrix",
  "consul-connect": "consul",
  linkerd2: "linkerd",
  "nginx-service-mesh": "nginx",
  "nginx-sm": "nginx",
  "network-service-mesh": "nsm",
  osm: "open-service-mesh",
  "traefik-mesh": "traefik",
  maesh: "traefik",
  no: "none",
  off: "none",
  false: "none",
};

/** `istio` of `Istio 1.24.2`; `none` of `off`; `other` of whatever is not on the list. */
export function meshOf(name: string): string {
  const spelling = name
    .trim()
    .toLowerCase()
    .replace(/[ -]v?\d[\d.]*$/, "")
    .replaceAll(/[ _]+/g, "-");
  const mesh = Object.hasOwn(meshSpellings, spelling) ? meshSpellings[spelling] : spelling;
  return meshes.find((known) => known === mesh) ?? otherLabel;
}
