// Facts → answers: each question takes what it measures, and nothing leaves but its fields, each as one of its labels. Pure.
import { type SharingAnswer, type SharingQuestion, canonicalJson } from "@tidemark/proto";
import type { Facts } from "./facts.ts";
import {
  type Measure,
  type Measured,
  apiLatency,
  apiRelease,
  apiUpgrade,
  cpu,
  disk,
  environment,
  fleetSize,
  loadLatency,
  loadMesh,
  loadUpgrade,
  networkFamily,
  networkSize,
  nic,
  shape,
} from "./measures.ts";
import { type Treatments, treatments } from "./treatments.ts";

export interface Answers {
  /** At most the question's `reportsMax`, no two equal, in the order of their texts, which tells nothing. */
  readonly answers: readonly SharingAnswer[];
  /** Why there is none, in words; empty when there is one. */
  readonly silent: string;
}

/** What a question of the catalogue is answered from, and what is said when there is nothing. */
const answered: Readonly<Record<string, readonly [measure: Measure, without: string]>> = {
  "fleet.size": [fleetSize, "no host has sent its inventory in this time"],
  "network.size": [networkSize, "no host has told an address with its prefix length in this time"],
  "network.family": [
    networkFamily,
    "no host has told an address with its prefix length in this time",
  ],
  "hardware.cpu": [cpu, "no host has sent its inventory in this time"],
  "hardware.shape": [shape, "no host has told its cores and memory in this time"],
  "hardware.disk": [disk, "no host has told a disk in this time"],
  "hardware.nic": [nic, "no host has told the speed of a link in this time"],
  "api.latency": [apiLatency, "no valid run of a profile sent requests to MAAS's API in this time"],
  "api.release": [
    apiRelease,
    "no valid run against MAAS's API with a label release ended in this time",
  ],
  "api.upgrade": [
    apiUpgrade,
    "no comparison of two releases by MAAS's API came to a verdict in this time",
  ],
  "load.latency": [loadLatency, "no valid run of a built-in shape of load ended in this time"],
  "load.mesh": [loadMesh, "no valid run of a profile with a label mesh ended in this time"],
  "load.upgrade": [
    loadUpgrade,
    "no comparison of two releases under a built-in shape of load came to a verdict in this time",
  ],
  "hub.environment": [environment, "the size of the store is not known"],
};

/** What the question would be told of these facts. Facts in another order, or named otherwise, give equal answers. */
export const answersOf = (question: SharingQuestion, facts: Facts): Answers =>
  answersBy(treatments, question, facts);

/** The same with treatments that are given. */
export function answersBy(by: Treatments, question: SharingQuestion, facts: Facts): Answers {
  const [measure, without] = answered[question.id] ?? [];
  if (measure === undefined || without === undefined)
    return { answers: [], silent: "this hub does not know the question" };
  const weights = new Map<string, { readonly answer: SharingAnswer; weight: number }>();
  for (const { values, weight } of measure(facts, by, question)) {
    const answer = labelled(by, question, values);
    if (answer === undefined) continue;
    const text = canonicalJson(answer);
    const known = weights.get(text);
    if (known === undefined) weights.set(text, { answer, weight });
    else known.weight += weight;
  }
  const answers = Array.from(weights)
    .toSorted(([a, one], [b, other]) => other.weight - one.weight || (a < b ? -1 : 1))
    .slice(0, question.reportsMax)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { answer }]) => answer);
  return { answers, silent: answers.length === 0 ? without : "" };
}

/** Only the question's own fields, each by its treatment; undefined when one of them is not known. */
function labelled(
  { labelOf }: Treatments,
  { fields }: SharingQuestion,
  values: Measured["values"],
): SharingAnswer | undefined {
  const answer: Record<string, string> = {};
  for (const { name, treatment } of fields) {
    const value = values[name];
    const label = value === undefined ? null : labelOf(treatment, value);
    if (label === null) return undefined;
    answer[name] = label;
  }
  return answer;
}
