// The catalogues whose reports are taken: this program's own, and earlier or later ones from files, so that a new catalogue cuts nobody
// off who still answers the one before.
import { readFileSync, statSync } from "node:fs";
import {
  type SharingCatalogue,
  SharingCatalogueSchema,
  jsonParser,
  sharingCatalogue,
} from "@tidemark/proto";
import { ConfigInvalid } from "../errors.ts";
import { receiveLimits } from "./limits.ts";

const parseCatalogue = jsonParser(SharingCatalogueSchema, "catalogue");

/** The newest first. Throws ConfigInvalid with every file that cannot be used, or that repeats a version. */
export function knownCatalogues(files: readonly string[]): readonly SharingCatalogue[] {
  const known: SharingCatalogue[] = [sharingCatalogue];
  const problems: string[] = [];
  for (const file of files) {
    try {
      if (statSync(file).size > receiveLimits.catalogueBytesMax)
        throw new Error(`it is larger than ${receiveLimits.catalogueBytesMax} bytes`);
      const catalogue: SharingCatalogue = parseCatalogue(readFileSync(file));
      if (known.some(({ version }) => version === catalogue.version))
        problems.push(`${file}: version ${catalogue.version} is known already`);
      else known.push(catalogue);
    } catch (cause) {
      problems.push(`${file}: ${cause instanceof Error ? cause.message : "cannot be read"}`);
    }
  }
  if (problems.length > 0) throw new ConfigInvalid(problems);
  return known.toSorted((a, b) => b.version - a.version);
}
