// Service Mesh Performance's PerformanceTestConfig, in every dialect that is about: with Meshery's wrapper (`test:`, `mesh:`) or
// without, snake_case or camelCase, enums as numbers or names, 64 bits as text (protojson).
// https://github.com/service-mesh-performance/service-mesh-performance/blob/master/protos/service_mesh_performance.proto
import { type ProfileDraft, profileLimits } from "@tidemark/proto";
import type { ForeignDocument } from "./document.ts";
import { type Notes, draftOf, newNotes } from "./draft.ts";
import { type Fields, fieldsOf, isObject } from "./fields.ts";
import { loadOf, secondsOf } from "./foreign-load.ts";
import { labelsOf, nameOf, placementOf } from "./foreign-labels.ts";
import { meshLabel } from "./mesh-types.ts";
import { type ClientGroup, grouped, readClient, together } from "./smp-client.ts";
import { protocolLabel } from "./smp-names.ts";

/** One draft for each kind of client; throws DocumentRefused. */
export function readSmp(document: ForeignDocument): readonly ProfileDraft[] {
  const config = configIn(document);
  const groups = grouped(config.clients);
  if (groups.length > profileLimits.variantsMax)
    throw config.refusal("clients", `${profileLimits.variantsMax} kinds of clients are taken`);
  return groups.map((group, index) => groupDraft(config, group, { index, of: groups.length }));
}

type Config = ReturnType<typeof configIn>;

function configIn(document: ForeignDocument) {
  const top = fieldsOf(document, document.value, []);
  const test = top.object("test");
  const config = test ?? top;
  const labels = new Map(config.textMap("labels"));
  const isWebSocket = labels.get(protocolLabel) === "websocket";
  labels.delete(protocolLabel);
  const mesh = meshOf(document, top.raw("mesh"));
  for (const [name, value] of mesh.labels) labels.set(name, value);
  return {
    name: config.text("name"),
    id: config.text("id"),
    version: config.text("smpVersion") ?? config.text("smpsVersion"),
    duration: config.text("duration"),
    labels,
    clients: config.objects("clients").map((client) => readClient(client, isWebSocket)),
    meshRest: mesh.rest,
    rest: [...config.rest(), ...(test === undefined ? [] : top.rest())],
    refusal: config.refusal,
  };
}

function groupDraft(
  config: Config,
  group: ClientGroup,
  { index, of }: { readonly index: number; readonly of: number },
): ProfileDraft {
  const notes = newNotes();
  const { name } = nameOf(config.name, "SMP test", notes);
  const labels = labelsOf(config.labels, notes);
  const placement = placementOf(config.labels, notes);
  sayOfConfig(config, notes);
  sayOfGroup(group, index, of, notes);
  const seconds = secondsOf(config.duration, notes);
  if (seconds === undefined)
    throw config.refusal("duration", "it is not a duration as Go writes it, such as 1m30s");
  try {
    const { load, variants } = loadOf(together(group), seconds, notes);
    const spec = {
      name: of > 1 ? `${name.slice(0, 100)} (client ${index + 1})` : name,
      ...labels,
      ...placement,
      load,
      ...(variants.length > 0 && { variants }),
    };
    return draftOf(spec, notes);
  } catch (cause) {
    if (cause instanceof RangeError) throw config.refusal("clients", cause.message);
    throw cause;
  }
}

function sayOfConfig({ id, version = "v0.0.1", meshRest, rest }: Config, notes: Notes): void {
  if (id !== undefined)
    notes.remark("", `the document's id ${id.slice(0, 64)} is not kept: a profile has its own`);
  if (!/^v?0\.\d/.test(version))
    notes.remark("", `smp_version is ${version.slice(0, 32)}: read as v0.0.1`);
  for (const name of meshRest)
    notes.remark("/labels", `the mesh's ${name.slice(0, 64)} is not kept`);
  sayRest(rest, notes);
}

function sayOfGroup({ client, count }: ClientGroup, index: number, of: number, notes: Notes): void {
  if (of > 1)
    notes.remark(
      "/load",
      `${of} kinds of clients, which SMP runs at once, are a profile each: this is ${index + 1}`,
    );
  if (count > 1)
    notes.remark(
      "/placement",
      `${count} clients send the same: rate and connections are those of all together; place it on ${count} agents`,
    );
  if (client.isInternal)
    notes.remark("/placement", "the client is internal: place it on agents within the mesh");
  sayRest(client.rest, notes);
}

/** The wrapper's mesh, an object with a type or the type alone, as labels. */
function meshOf(document: ForeignDocument, given: unknown) {
  const labels = new Map<string, string>();
  if (given === undefined) return { labels, rest: [] };
  const mesh: Fields = fieldsOf(document, isObject(given) ? given : { type: given }, ["mesh"]);
  const label = meshLabel(mesh.raw("type"));
  if (label !== undefined) labels.set("mesh", label.slice(0, 128));
  const version = mesh.text("version");
  if (version !== undefined) labels.set("mesh.version", version.slice(0, 128));
  return { labels, rest: mesh.rest() };
}

function sayRest(names: readonly string[], notes: Notes): void {
  for (const name of names)
    notes.remark("", `the document's field ${name.slice(0, 64)} has no meaning here`);
}
