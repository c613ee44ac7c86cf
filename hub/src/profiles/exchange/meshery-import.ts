// Meshery's performance profiles, alone, as a list, or as its API's page of them. Headers and cookies are JSON in a text.
// https://github.com/meshery/schemas/tree/master/schemas/constructs/v1beta3/performance_profile
import type { ProfileDraft } from "@tidemark/proto";
import type { ForeignDocument, Path } from "./document.ts";
import { type Notes, draftOf, newNotes } from "./draft.ts";
import { type Fields, fieldsOf, isObject } from "./fields.ts";
import { labelsOf, nameOf } from "./foreign-labels.ts";
import { loadOf, secondsOf } from "./foreign-load.ts";
import { meshLabel } from "./mesh-types.ts";
import { atLeastZero, positive } from "./numbers.ts";

/** One draft for each profile; throws DocumentRefused. */
export function readMeshery(document: ForeignDocument): readonly ProfileDraft[] {
  const { value } = document;
  const isPage = isObject(value) && Array.isArray(value["profiles"]);
  const listed: unknown = isPage ? value["profiles"] : value;
  const at: Path = isPage ? ["profiles"] : [];
  const items: readonly unknown[] = Array.isArray(listed) ? listed : [listed];
  if (items.length > profilesMax)
    throw document.refusal(at, `${profilesMax} profiles are taken at a time`);
  return items.map((item, index) =>
    profileDraft(fieldsOf(document, item, Array.isArray(listed) ? [...at, index] : at)),
  );
}

const profilesMax = 100;

function profileDraft(profile: Fields): ProfileDraft {
  const notes = newNotes();
  const name = nameOf(profile.text("name"), "Meshery profile", notes);
  const mesh = meshLabel(profile.raw("serviceMesh"));
  const labels = labelsOf(new Map(mesh === undefined ? [] : [["mesh", mesh]]), notes);
  const seconds = secondsOf(profile.text("duration"), notes);
  if (seconds === undefined)
    throw profile.refusal("duration", "it is not a duration as Go writes it, such as 1m30s");
  if (profile.has("schedule"))
    notes.remark("", "its schedule is not carried over: make one for the saved profile");
  sayRecord(profile, notes);
  const metadata = profile.object("metadata");
  const certificate = metadata?.object("caCertificate");
  const foreign = {
    protocol: undefined,
    endpoints: profile.texts("endpoints"),
    generators: profile.texts("loadGenerators"),
    connections: positive(profile, "concurrentRequest", 10_000),
    perSecond: atLeastZero(profile, "qps", 1_000_000),
    headers: profile.textMap("requestHeaders"),
    cookies: profile.textMap("requestCookies"),
    body: profile.text("requestBody") ?? "",
    contentType: profile.text("contentType"),
    certificate: certificate?.text("file"),
    options: firstOf(metadata?.raw("additionalOptions")),
  };
  certificate?.text("name");
  for (const left of metadata?.rest() ?? [])
    notes.remark("", `its metadata's ${left.slice(0, 64)} has no meaning here`);
  for (const left of profile.rest())
    notes.remark("", `its field ${left.slice(0, 64)} has no meaning here`);
  try {
    const { load, variants } = loadOf(foreign, seconds, notes);
    return draftOf(
      { ...name, ...labels, placement: {}, load, ...(variants.length > 0 && { variants }) },
      notes,
    );
  } catch (cause) {
    if (cause instanceof RangeError) throw profile.refusal("endpoints", cause.message);
    throw cause;
  }
}

/** What Meshery's server knows of its own record. */
function sayRecord(profile: Fields, notes: Notes): void {
  const names = ["id", "owner", "createdAt", "updatedAt", "lastRun", "totalResults"];
  const given = names.filter((name) => profile.has(name));
  for (const name of [...names, "schedule"]) profile.raw(name);
  if (given.length > 0) notes.remark("", `${given.join(", ")} of Meshery's record are not kept`);
}

/** Meshery's interface wrote a list of one. */
const firstOf = (value: unknown): unknown =>
  Array.isArray(value) && value.length === 1 ? value[0] : value;
