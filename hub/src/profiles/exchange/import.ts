// Any document that may become profiles: which kind it is, and who reads it.
import {
  type DocumentKind,
  type ImportAnswer,
  type ProfileDraft,
  ProfileSpec,
  documentKinds,
} from "@tidemark/proto";
import { checker } from "../../schema-check.ts";
import { DocumentRefused, type ForeignDocument, readDocument } from "./document.ts";
import { isObject } from "./fields.ts";
import { readMeshery } from "./meshery-import.ts";
import { readSmp } from "./smp-import.ts";
import { readTidemark } from "./tidemark.ts";

const readers: Readonly<
  Record<DocumentKind, (document: ForeignDocument) => readonly ProfileDraft[]>
> = { tidemark: readTidemark, smp: readSmp, meshery: readMeshery };

/** Reads `text`, recognised by its fields unless `kind` is given. Throws DocumentRefused. */
export function importProfiles(text: string, kind?: DocumentKind): ImportAnswer {
  const document = readDocument(text);
  const meant = kind ?? kindOf(document.value);
  if (meant === undefined)
    throw new DocumentRefused(
      "it is none of Tidemark's (load), SMP's (clients) and Meshery's (endpoints): say which by kind",
    );
  const drafts = [...readers[meant](document)];
  for (const { spec } of drafts) {
    // What was put together from parts may be too much of something as a whole.
    const fault = checkSpec(spec);
    if (fault !== undefined)
      throw new DocumentRefused(`it would be a profile whose ${fault.field} ${fault.message}`);
  }
  return { kind: meant, drafts };
}

const checkSpec = checker(ProfileSpec);

/** Fields, without case and `_`, that only one kind has. */
const marks: Readonly<Record<DocumentKind, readonly string[]>> = {
  tidemark: ["tidemark", "load", "placement"],
  smp: ["test", "clients", "smpversion", "smpsversion"],
  meshery: ["endpoints", "loadgenerators", "concurrentrequest", "profiles", "requestheaders"],
};

function kindOf(value: unknown): DocumentKind | undefined {
  const [first] = Array.isArray(value) ? value : [value];
  if (!isObject(first)) return undefined;
  const fields = Object.keys(first).map((name) => name.replace(/[_-]/g, "").toLowerCase());
  return documentKinds.find((kind) => marks[kind].some((mark) => fields.includes(mark)));
}
