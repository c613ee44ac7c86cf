// Verdicts over real runs, on this machine and through the whole of Tidemark: one profile against itself, and against itself made
// slower by a known fraction. What is judged is what a user gets from the API.
import { setTimeout as delay } from "node:timers/promises";
import {
  Campaign,
  Comparison,
  Profile,
  type ProfileSpec,
  RunList,
  type VerdictKind,
} from "@tidemark/proto";
import { seeded } from "../../demo/target-reactions.ts";
import type { Part } from "../generate/part.ts";
import { median, result } from "../result.ts";
import { type BenchDemo, startBenchDemo } from "./demo.ts";

const ratePerSecond = 500;
const runSeconds = 5;
const alikeRuns = 20;
const splits = 200;
const pollMs = 500;
const seed = 4;

export const real: Part = {
  name: "real runs",
  async run({ progress, signal }) {
    const bench = await startBenchDemo(signal);
    try {
      progress(`${alikeRuns} runs of one profile`);
      const alike = await alikeOnes(bench, signal);
      const kinds: VerdictKind[] = [];
      const costsMs: number[] = [];
      for (const [baseline, candidate] of randomHalves(alike)) {
        const beganMs = performance.now();
        kinds.push((await compare(bench, baseline, candidate)).kind);
        costsMs.push(performance.now() - beganMs);
      }
      const wrong = kinds.filter((kind) => kind === "regression" || kind === "improvement").length;
      progress("a release that is 10 % slower, 8 v 8");
      const tenth = await slowerOne(bench, 0.1, 8, signal);
      progress("a release that is 32 % slower, 5 v 5");
      const third = await slowerOne(bench, 0.32, 5, signal);
      return {
        results: [
          result(
            `real A/A: wrong verdicts in ${splits} random halves of ${alikeRuns} runs`,
            (100 * wrong) / splits,
            "%",
            { atMost: 7 },
            counted(kinds),
          ),
          result(
            "real A/B, 10 % slower, 8 v 8: regression found",
            found(tenth),
            "",
            {
              atLeast: 1,
            },
            shown(tenth),
          ),
          result(
            "real A/B, 32 % slower, 5 v 5: regression found",
            found(third),
            "",
            {
              atLeast: 1,
            },
            shown(third),
          ),
          result("a verdict over 2 × 10 runs, through the API", median(costsMs), "ms", {
            atMost: 100,
          }),
        ],
        notes: [
          `Real runs: the demo's target lists 100 machines, ${ratePerSecond}/s for ${runSeconds} s; hub, agent and target share this machine's cores. A/A: ${sentenceOf(alike.length, kinds)}. 10 %: ${tenth.sentence} 32 %: ${third.sentence}`,
        ],
      };
    } finally {
      await bench.stop();
    }
  },
};

interface Judged {
  readonly kind: VerdictKind;
  readonly sentence: string;
  readonly ratio: number;
}

async function alikeOnes(bench: BenchDemo, signal: AbortSignal): Promise<readonly string[]> {
  const profile = await newProfile(bench, "alike", [0]);
  const { id } = await bench.hub.call("POST", `/profiles/${profile.id}/run`, Campaign, {
    repeats: alikeRuns,
  });
  const campaign = await ended(bench, id, signal);
  const { items } = await bench.hub.call(
    "GET",
    `/runs?campaign=${campaign.id}&limit=${alikeRuns}`,
    RunList,
  );
  return items.filter(({ validity }) => validity?.level !== "invalid").map((run) => run.id);
}

async function slowerOne(
  bench: BenchDemo,
  slower: number,
  runsEach: number,
  signal: AbortSignal,
): Promise<Judged> {
  const profile = await newProfile(bench, `slower by ${slower}`, [0, slower]);
  const { id } = await bench.hub.call("POST", "/comparisons", Campaign, {
    profile: profile.id,
    baseline: "release=0",
    candidate: `release=${slower}`,
    runsEach,
    seed,
  });
  const [verdict] = (await ended(bench, id, signal)).verdicts;
  if (verdict === undefined) throw new Error(`the comparison ${id} has no verdict`);
  const ratio = verdict.figures.find(({ figure }) => figure === "p50")?.ratio ?? Number.NaN;
  return { kind: verdict.kind, sentence: verdict.sentence, ratio };
}

function newProfile(
  { hub, demo }: BenchDemo,
  name: string,
  slower: readonly number[],
): Promise<Profile> {
  const target = (by: number) => `${demo.targetUrl}machines?n=100&slower=${by}`;
  const spec: ProfileSpec = {
    name,
    load: {
      target: target(0),
      ratePerSecond,
      durationSeconds: runSeconds,
      warmupSeconds: 1,
      connections: 96,
    },
    placement: { agents: [demo.agentId] },
    variants: slower.map((by) => ({ labels: { release: `${by}` }, target: target(by) })),
    comparison: { onSuspect: "tell" },
  };
  return hub.call("POST", "/profiles", Profile, spec);
}

async function ended({ hub }: BenchDemo, id: string, signal: AbortSignal): Promise<Campaign> {
  for (;;) {
    const campaign = await hub.call("GET", `/campaigns/${id}`, Campaign);
    if (campaign.state === "completed") return campaign;
    if (campaign.state === "failed" || campaign.state === "cancelled")
      throw new Error(`the campaign ${id} ended ${campaign.state}: ${campaign.cause}`);
    await delay(pollMs, undefined, { signal });
  }
}

function compare(
  { hub }: BenchDemo,
  baseline: readonly string[],
  candidate: readonly string[],
): Promise<Comparison> {
  const query = new URLSearchParams([
    ...baseline.map((run) => ["baselineRun", run]),
    ...candidate.map((run) => ["candidateRun", run]),
  ]);
  return hub.call("GET", `/compare?${query.toString()}`, Comparison);
}

/** Fisher–Yates from a seed, cut in the middle. */
function* randomHalves(runs: readonly string[]): Generator<[string[], string[]]> {
  const random = seeded(seed);
  for (let split = 0; split < splits; split += 1) {
    const shuffled = [...runs];
    for (let at = shuffled.length - 1; at > 0; at -= 1) {
      const other = Math.floor(random() * (at + 1));
      const held = shuffled[at] ?? "";
      shuffled[at] = shuffled[other] ?? "";
      shuffled[other] = held;
    }
    const middle = shuffled.length >> 1;
    yield [shuffled.slice(0, middle), shuffled.slice(middle)];
  }
}

const found = ({ kind }: Judged) => (kind === "regression" ? 1 : 0);
const shown = ({ ratio }: Judged) => ({ "p50 slower by, %": 100 * ratio });
const counted = (kinds: readonly VerdictKind[]) =>
  Object.fromEntries(
    [...Map.groupBy(kinds, (kind) => kind)].map(([kind, all]) => [kind, all.length]),
  );
const sentenceOf = (runs: number, kinds: readonly VerdictKind[]) =>
  `${runs} of ${alikeRuns} runs count, ${kinds.length} halves judged`;
