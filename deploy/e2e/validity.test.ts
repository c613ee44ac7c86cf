// Real faults, each of which must turn the validity of a real run: a target that answers in two kinds, slows, warms up or fails, a
// generator that is stopped by a signal or starved; and a good run on the same busy machine, which must stay evidence.
import { writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { Run, RunHosts, type Validity } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defaultPolicyText } from "../../agent/src/load/guard/default-policy.ts";
import { agentOf } from "../demo/hub-client.ts";
import type { Program } from "../demo/program.ts";
import { type EnrolledHost, type Stack, startStack } from "./stack.ts";
import { until } from "./stack-until.ts";

let stack: Stack;
let host: EnrolledHost;
let agent: Program;

/** Answers after a delay that depends on its first request, ms ago. */
interface Target {
  readonly url: string;
  stop(): Promise<void>;
}
const targets: Target[] = [];

async function target(
  delayMs: (sinceFirstMs: number, count: number) => number,
  status = 200,
): Promise<Target> {
  let firstMs: number | undefined;
  let count = 0;
  const server: Server = createServer((_, response) => {
    firstMs ??= performance.now();
    count += 1;
    const answer = () => response.writeHead(status).end("hello");
    const waitMs = delayMs(performance.now() - firstMs, count);
    if (waitMs <= 0) answer();
    else setTimeout(answer, waitMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const found: Target = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  targets.push(found);
  return found;
}

beforeAll(async () => {
  stack = await startStack();
  host = await stack.enrol("rack-1");
  // Several runs at once, each with a target of its own: they wait, and cost next to nothing.
  const policy = defaultPolicyText
    .replace("runs: 1 ", "runs: 8 ")
    .replace("cpuShare: 0.5", "cpuShare: 1");
  writeFileSync(join(host.dataDir, "policy.yaml"), policy);
  agent = stack.startAgent(host);
  await until("the agent online", async () => {
    const { state } = await agentOf(stack.api, host.id);
    return state === "online";
  });
});
afterAll(async () => {
  await Promise.all(targets.map((one) => one.stop()));
  await stack?.stop();
});

const start = (url: string, change: object = {}) =>
  stack.api.call("POST", "/runs", Run, {
    agent: host.id,
    target: url,
    ratePerSecond: 200,
    connections: 32,
    durationSeconds: 4,
    mayShare: true,
    ...change,
  });
const judged = async (id: string): Promise<Validity> =>
  await until(
    `the judgement of run ${id}`,
    async () => (await stack.api.call("GET", `/runs/${id}`, Run)).validity ?? undefined,
    60_000,
  );
const rulesOf = ({ findings }: Validity) => new Set(findings.map(({ rule }) => rule));
const of = (validity: Validity, rule: string) =>
  validity.findings.filter((finding) => finding.rule === rule);

test("a good run is evidence, and its host is beside it", async () => {
  const { url } = await target(() => 5);
  const { id } = await start(url);
  const validity = await judged(id);
  // On a machine whose other work starves the generator that is all there is to say; on any other it counts.
  const run = await stack.api.call("GET", `/runs/${id}`, Run);
  const isStarved = run.spoiled.some(({ code }) => code === "generator-limited");
  expect(validity.level === "invalid").toBe(isStarved);
  expect(rulesOf(validity)).not.toContain("errors");
  // 800 requests: p50 alone.
  expect(of(validity, "tail")[0]?.detail).toMatch(/^p95 and p99 withheld/);
  const { hosts } = await until("the host's samples", async () => {
    const found = await stack.api.call("GET", `/runs/${id}/hosts`, RunHosts);
    return found.hosts[0]?.means["cpu in use"] === undefined ? undefined : found;
  });
  expect(hosts).toMatchObject([{ agentName: "rack-1", role: "both" }]);
  expect(hosts[0]?.means).toMatchObject({
    "load average": expect.any(Number),
    "memory used": expect.any(Number),
  });
});

test("several at once: two kinds of answers, errors, and targets that change while they run", async () => {
  const asked = {
    bimodal: await target((_, count) => (count % 3 === 0 ? 400 : 100)),
    errors: await target(() => 0, 500),
    slowing: await target((ms) => (ms < 10_000 ? 100 : 300)),
    warming: await target((ms) => (ms < 6_000 ? 300 : 100)),
  };
  const steady = { ratePerSecond: 60, connections: 48, durationSeconds: 26 };
  const [bimodal, errors, slowing, warming] = await Promise.all([
    start(asked.bimodal.url, { ratePerSecond: 100, connections: 64, durationSeconds: 11 }),
    start(asked.errors.url),
    start(asked.slowing.url, steady),
    start(asked.warming.url, steady),
  ]);
  expect(of(await judged(errors.id), "errors")).toMatchObject([{ level: "invalid" }]);
  expect(of(await judged(bimodal.id), "bimodal")).toMatchObject([
    {
      level: "flagged",
      detail: expect.stringMatching(
        /2 modes: [67]\d.* around 1\d\d ms, [23]\d.* around [45]\d\d ms/,
      ),
    },
  ]);
  expect(of(await judged(slowing.id), "unstable")).toMatchObject([
    { level: "flagged", detail: expect.stringMatching(/^p50 rose by .* after (8|9|1\d)\.?\d* s/) },
  ]);
  expect(of(await judged(warming.id), "warm-up")).toMatchObject([
    {
      level: "flagged",
      detail: expect.stringMatching(/^p50 was .* higher in the first [5-8]\.?\d* s/),
    },
  ]);
});

test("a generator that is stopped again and again is the limit itself", async (context) => {
  const { url } = await target(() => 1);
  const { id } = await start(url, { ratePerSecond: 500, durationSeconds: 5 });
  await until("its first requests", async () => {
    const run = await stack.api.call("GET", `/runs/${id}`, Run);
    return run.counts.sent > 0;
  });
  const { pid } = agent;
  if (pid === undefined) return context.skip("the agent has no process to stop");
  // 150 ms of every 300: half of all requests leave late, though connections are idle.
  for (let pause = 0; pause < 8; pause += 1) {
    process.kill(pid, "SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 150));
    process.kill(pid, "SIGCONT");
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const validity = await judged(id);
  expect(validity.level).toBe("invalid");
  expect(of(validity, "generator")).toMatchObject([
    { level: "invalid", detail: expect.stringMatching(/late though a connection was idle/) },
  ]);
});
