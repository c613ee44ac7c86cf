// All that stands between a fact and a report: names are generalised to words of closed lists, then every value becomes a label of its
// field. They are handed in, so that the attacks can take one away and see that this is noticed.
import { labelOf } from "@tidemark/proto";
import { cpuFamily } from "./cpu-family.ts";
import { maasOperation } from "./maas-operation.ts";
import { majorMinor, majorOf, meshOf } from "./release.ts";

export const treatments = {
  labelOf,
  cpuFamily,
  maasOperation,
  majorMinor,
  majorOf,
  meshOf,
} as const;

export type Treatments = typeof treatments;
