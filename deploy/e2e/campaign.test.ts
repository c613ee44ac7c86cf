// A comparison as users run it, with real programs: interleaved runs of two variants, a hub that is killed −9 in the middle, and a
// verdict that is stored and judged by the gate.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Campaign, Profile, type Run, RunList } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agentOf } from "../demo/hub-client.ts";
import { startRealAgent } from "./stack-real-agent.ts";
import { type Stack, startStack } from "./stack.ts";
import { type CountingTarget, startCountingTarget } from "./stack-target.ts";
import { until } from "./stack-until.ts";

const runsEach = 4;
const perRun = 50;
let stack: Stack;
let target: CountingTarget;
let profile: Profile;

beforeAll(async () => {
  stack = await startStack();
  target = await startCountingTarget();
  const { host } = await startRealAgent(stack, "rack-1", 1);
  await until("the agent online", async () => {
    const { state } = await agentOf(stack.api, host.id);
    return state === "online";
  });
  profile = await stack.api.call("POST", "/profiles", Profile, {
    name: "hello",
    load: { target: target.url, ratePerSecond: perRun, connections: 2, durationSeconds: 1 },
    placement: { agents: [host.id] },
    variants: [{ labels: { release: "3.5" } }, { labels: { release: "3.6" } }],
  });
});
afterAll(async () => {
  await target?.stop();
  await stack?.stop();
});

const read = (id: string) => stack.api.call("GET", `/campaigns/${id}`, Campaign);
const done = ({ steps }: Campaign) => steps.filter(({ state }) => state === "completed").length;

test("a comparison outlives its hub: every run once, and a verdict of all of them", async () => {
  const before = target.requests();
  const { id, steps } = await stack.api.call("POST", "/comparisons", Campaign, {
    profile: profile.id,
    baseline: "release=3.5",
    candidate: "release=3.6",
    runsEach,
    seed: 1,
  });
  expect(steps).toHaveLength(2 * runsEach);
  await until("three runs, and a fourth under way", async () => {
    const campaign = await read(id);
    return done(campaign) >= 3 && campaign.steps.some(({ state }) => state === "running");
  });
  stack.hub().kill("SIGKILL");
  await stack.hub().ended;
  await stack.startHub();

  const ended = await until(
    "the campaign's end",
    async () => {
      const campaign = await read(id);
      return campaign.endedAtMs === null ? undefined : campaign;
    },
    120_000,
  );
  expect(ended).toMatchObject({ state: "completed", cause: "" });
  expect(ended.steps.map(({ state }) => state)).toEqual(
    Array.from({ length: 2 * runsEach }, () => "completed"),
  );
  expect(ended.steps.map(({ side }) => side)).toEqual(steps.map(({ side }) => side));
  expect(ended.steps.every(({ validity }) => validity !== null)).toBe(true);

  const { items } = await stack.api.call("GET", `/runs?campaign=${id}`, RunList);
  expect(new Set(items.map((run) => run.id))).toEqual(new Set(ended.steps.map(({ run }) => run)));
  expect(items).toHaveLength(2 * runsEach);
  const total = (what: "due" | "sent") =>
    items.reduce((sum: number, { counts }: Run) => sum + counts[what], 0);
  expect(total("due")).toBe(2 * runsEach * perRun);
  expect(target.requests() - before).toBe(total("sent"));

  const [verdict, ...others] = ended.verdicts;
  expect(others).toEqual([]);
  for (const side of [verdict?.baseline, verdict?.candidate])
    expect(side?.runs).toHaveLength(runsEach);
  expect(verdict?.sentence).not.toBe("");
  const again = await read(id);
  expect(again.verdicts).toEqual(ended.verdicts);

  // Runs of a second say little: whatever the gate makes of them, it does not pass what it does not know.
  const gate = await ranGate();
  const passes = verdict?.kind === "equivalent" || verdict?.kind === "improvement";
  if (passes) expect(gate.code).toBe(0);
  else expect([3, 4, 5]).toContain(gate.code);
  expect(JSON.parse(gate.out)).toMatchObject({ exitCode: gate.code, campaign: null });
});

/** Over the runs there are. */
function ranGate(): Promise<{ code: number; out: string }> {
  const main = fileURLToPath(new URL("../../hub/src/main.ts", import.meta.url));
  const args = ["gate", "--profile", "hello", "--baseline", "3.5", "--candidate", "3.6", "--json"];
  const env = { PATH: process.env["PATH"], TIDEMARK_DATA_DIR: stack.hubDir };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env }, (error, out) =>
      resolve({ code: error === null ? 0 : Number(error.code), out }),
    );
  });
}
