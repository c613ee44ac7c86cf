// By which hash a catalogue is agreed to: one changed letter in it is another catalogue.
import { createHash } from "node:crypto";
import { type SharingCatalogue, canonicalJson } from "@tidemark/proto";

/** SHA-256 of the catalogue's canonical JSON, hex. */
export const catalogueSha256 = (catalogue: SharingCatalogue): string =>
  createHash("sha256").update(canonicalJson(catalogue)).digest("hex");
