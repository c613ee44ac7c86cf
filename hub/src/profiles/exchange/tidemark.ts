// A profile as a document of Tidemark's own, YAML or JSON: what is written reads back as the same spec. No secret can be in it, since
// none can be in a spec and what looks like one is blanked besides.
import { type ProfileDraft, ProfileSpec, parser } from "@tidemark/proto";
import { checker } from "../../schema-check.ts";
import { withoutSecrets } from "../secrets.ts";
import type { ForeignDocument, Path } from "./document.ts";
import { draftOf, newNotes } from "./draft.ts";
import { isObject } from "./fields.ts";
import { yamlOf } from "./yaml-text.ts";

/** What the field `tidemark` says of a document; another number is another format. */
const format = "profile/1";

export function tidemarkYaml(spec: ProfileSpec): string {
  return yamlOf(documentOf(spec));
}

export function tidemarkJson(spec: ProfileSpec): string {
  return `${JSON.stringify(documentOf(spec), undefined, 2)}\n`;
}

const documentOf = (spec: ProfileSpec) => ({ tidemark: format, profile: withoutSecrets(spec) });

/** Such a document, or a spec alone. Throws DocumentRefused. */
export function readTidemark(document: ForeignDocument): readonly ProfileDraft[] {
  const { value } = document;
  const isWrapped = isObject(value) && Object.hasOwn(value, "tidemark");
  if (isWrapped) {
    if (value["tidemark"] !== format)
      throw document.refusal(["tidemark"], `it must be ${format}, which this hub reads`);
    const other = Object.keys(value).find((key) => key !== "tidemark" && key !== "profile");
    if (other !== undefined) throw document.refusal([other], "is not a known field");
  }
  const spec = isWrapped ? value["profile"] : value;
  const at: Path = isWrapped ? ["profile"] : [];
  return [draftOf(specIn(document, spec, at), newNotes())];
}

const checkSpec = checker(ProfileSpec);
const parseSpec = parser(ProfileSpec, "profile");

function specIn(document: ForeignDocument, value: unknown, at: Path): ProfileSpec {
  try {
    return parseSpec(value);
  } catch (cause) {
    // The words of the API, which cost another compilation of the schema.
    const fault = checkSpec(value);
    if (fault === undefined) throw cause;
    throw document.refusal([...at, ...pathOf(fault.field)], `it ${fault.message}`);
  }
}

function pathOf(pointer: string): Path {
  return pointer
    .split("/")
    .slice(1)
    .map((key) =>
      /^\d+$/.test(key) ? Number(key) : key.replaceAll("~1", "/").replaceAll("~0", "~"),
    );
}
