// Treatments taken away, one at a time, as the positive controls of the attacks need them: what is left must be noticed.
import { type Treatments, treatments } from "../answers/treatments.ts";

/** Nothing is coarsened, and whatever word it is may leave. */
const labelOf: Treatments["labelOf"] = (_treatment, value) => String(value);

/** Each generalisation, given up together with the labels: a word that is on no list is stopped by either alone. */
export const takenAway: Readonly<Record<string, Treatments>> = {
  labels: { ...treatments, labelOf },
  processors: { ...treatments, labelOf, cpuFamily: (_vendor, model) => model },
  operations: { ...treatments, labelOf, maasOperation: ({ target }) => target },
  releases: { ...treatments, labelOf, majorMinor: (version) => version },
  "Node's version": { ...treatments, labelOf, majorOf: (version) => version },
  meshes: { ...treatments, labelOf, meshOf: (name) => name },
};

/** The same generalisations given up while the labels stand. */
export const labelsAlone: Readonly<Record<string, Treatments>> = Object.fromEntries(
  Object.entries(takenAway)
    .filter(([name]) => name !== "labels")
    .map(([name, by]) => [name, { ...by, labelOf: treatments.labelOf }]),
);
