// Service meshes by the numbers and names of SMP's enum ServiceMesh.Type, and as a label's value.

/** In the order of their numbers, 1 first. */
const names = [
  "app-mesh",
  "consul",
  "istio",
  "kuma",
  "linkerd",
  "traefik-mesh",
  "octarine",
  "network-service-mesh",
  "tanzu",
  "open-service-mesh",
  "nginx-service-mesh",
  "cilium-service-mesh",
] as const;

/** From SMP's number or any spelling of a name; undefined for none (0, INVALID_MESH, empty). Another name is kept as it is. */
export function meshLabel(type: unknown): string | undefined {
  if (typeof type === "number") return names[type - 1];
  if (typeof type !== "string") return undefined;
  const text = type.trim();
  if (/^\d+$/.test(text)) return names[Number(text) - 1];
  const plain = text.toLowerCase().replace(/[\s_]+/g, "-");
  if (plain === "" || plain === "invalid-mesh" || plain === "none") return undefined;
  return names.find((name) => name === plain) ?? text;
}

/** SMP's name of the enum's value; undefined for a label that is none of them. */
export function meshType(label: string): string | undefined {
  const name = names.find((each) => each === label);
  return name?.toUpperCase().replaceAll("-", "_");
}
