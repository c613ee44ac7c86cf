// The routes of verdicts over a real database: what was stored as evidence comes back as verdicts, and what cannot be meant is refused
// with the field at fault.
import {
  Board,
  type Campaign,
  type CampaignId,
  Comparison,
  Detectable,
  History,
  HostComparison,
  type ProfileId,
  type ProfileSpec,
  type Run,
  type RunId,
  newId,
  parser,
} from "@tidemark/proto";
import { Command } from "commander";
import fastify from "fastify";
import type { TSchema } from "typebox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { board } from "../src/cli/board.ts";
import { connect } from "../src/cli/client.ts";
import { compare } from "../src/cli/compare.ts";
import { history } from "../src/cli/history.ts";
import type { RunEvidence } from "../src/evidence/evidence.ts";
import type { RouteDeps, App } from "../src/http/deps.ts";
import { answerError } from "../src/http/problems.ts";
import { serializerCompiler, validatorCompiler } from "../src/http/validation.ts";
import { verdicts as routes } from "../src/http/routes/verdicts.ts";
import { openEvidenceStore } from "../src/store/evidence.ts";
import { type VerdictsDeps, openVerdicts } from "../src/verdict/verdicts.ts";
import { type Made, runsAt, spread } from "./made-evidence.ts";
import { type OpenedEngine, openEngine } from "./store-engines.ts";

const profile = newId<ProfileId>();
const empty = newId<ProfileId>();
const campaign = newId<CampaignId>();
const onlyRuns = newId<CampaignId>();
const running = newId<RunId>();
const spec: ProfileSpec = {
  name: "machine list",
  load: { target: "http://maas:5240/", ratePerSecond: 1_000 },
  placement: { selector: "role=rack" },
  variants: ["3.5", "3.6"].map((release) => ({ labels: { release, dataset: "10" } })),
};
const startMs = Date.now() - 86_400_000;
let minute = 0;
const of = (release: string, factor: number, more: Made = {}, ratios: readonly number[] = spread) =>
  ratios.flatMap((ratio) => {
    minute += 1;
    const variant = { release, dataset: "10" };
    return runsAt([ratio * factor], { profile, variant, atMs: startMs + minute * 60_000, ...more });
  });
const before = of("3.5", 1);
const after = of("3.6", 0.68);
const alone = of("3.6", 1, { variant: { release: "3.6", dataset: "100" } });
const blocked = spread.flatMap((ratio) => [
  ...of("3.5", ratio, { campaign }, [1]),
  ...of("3.6", 1.1 * ratio, { campaign }, [1]),
]);

const stored = (id: CampaignId, runs: readonly RunEvidence[], sided: boolean) => ({
  id,
  state: "completed",
  profile: { id: profile, revision: 1, name: "machine list" },
  comparison: sided
    ? { baseline: "release=3.5", candidate: "release=3.6", runsEach: 8, marginRatio: 0.05, seed: 1 }
    : null,
  steps: runs.map(({ run, origin }) => ({
    variant: origin!.variant,
    side: sided ? (origin!.variant["release"] === "3.5" ? "baseline" : "candidate") : null,
    run,
    state: "completed",
  })),
});
const campaigns = new Map([
  [campaign, stored(campaign, blocked, true)],
  [onlyRuns, stored(onlyRuns, [], false)],
]);

const row = {
  description: "",
  labels: {},
  revision: 1,
  driver: "http1",
  target: "http://maas:5240/",
  shape: "",
  variants: [],
  revisedAtMs: 1,
  revisedBy: "admin",
  archivedAtMs: null,
  lastRun: null,
};

let engine: OpenedEngine;
let app: App;
beforeAll(async () => {
  engine = await openEngine("embedded");
  const store = openEvidenceStore(engine.database, Date.now);
  for (const one of [...before, ...after, ...alone, ...blocked]) await store.save(one);
  const profiles = {
    get: (id: ProfileId) =>
      id === profile || id === empty ? { id, name: spec.name, archivedAtMs: null } : undefined,
    revision: async () => ({ spec }),
  };
  const host = { agent: newId(), agentName: "rack-1", role: "generator" };
  const deps = {
    store,
    profiles,
    runOf: async (id: RunId) =>
      id === running ? ({ id, state: "running", partOf: null } as unknown as Run) : undefined,
    campaignOf: async (id: CampaignId) => campaigns.get(id) as unknown as Campaign | undefined,
    hostFigures: async (ids: readonly RunId[]) =>
      new Map(
        ids.map((id) => {
          const isAfter = after.some(({ run }) => run === id);
          return [id, [{ ...host, means: { "cpu in use": isAfter ? 0.5 : 0.25 } }]];
        }),
      ),
    expectedMs: (_spec: ProfileSpec, variants: readonly unknown[]) => variants.length * 33_000,
    now: Date.now,
  } as unknown as VerdictsDeps;
  const server = fastify({ routerOptions: { maxParamLength: 200 } });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler(true));
  server.setErrorHandler(answerError);
  app = server as unknown as App;
  // What the command line asks first: which profile a name means.
  server.get("/api/v1/profiles", async () => ({
    items: [{ ...row, id: profile, name: spec.name }],
  }));
  routes(app, { profiles, verdicts: openVerdicts(deps) } as unknown as RouteDeps);
  await app.ready();
});
afterAll(async () => {
  await app?.close();
  await engine?.stop();
});

async function read<S extends TSchema>(path: string, schema: S) {
  const response = await app.inject(path);
  expect(response.json(), path).not.toHaveProperty("code");
  return parser(schema, path)(response.json());
}
const ids = (name: string, runs: readonly RunEvidence[]) =>
  runs.map(({ run }) => `${name}=${run}`).join("&");
const selectors = "baseline=release%3D3.5&candidate=release%3D3.6";

test("runs are compared by their ids", async () => {
  const path = `/api/v1/compare?${ids("baselineRun", before)}&${ids("candidateRun", after)}`;
  const { kind, verdicts } = await read(path, Comparison);
  expect(kind).toBe("improvement");
  expect(verdicts).toMatchObject([
    {
      stratum: { dataset: "10" },
      design: "separate",
      marginRatio: 0.05,
      baseline: { label: "3.5", counted: 8 },
      candidate: { label: "3.6", counted: 8 },
    },
  ]);
  expect(verdicts[0]?.sentence).toMatch(/^3\.6 is 32 % faster at p50 \[30, 34\], 8\+8 runs, /);
});

test("two single runs are held against the history of their profile", async () => {
  const path = `/api/v1/compare?baselineRun=${before[0]!.run}&candidateRun=${after[0]!.run}`;
  const { kind, verdicts } = await read(path, Comparison);
  expect(kind).toBe("not-enough-runs");
  expect(verdicts[0]?.remarks.join("\n")).toMatch(/by which two of 15 earlier runs differ/);
});

test("a profile's variants are compared in strata, the newest runs of each", async () => {
  const path = `/api/v1/compare?profile=${profile}&${selectors}&runs=8&marginRatio=0.1`;
  const { kind, verdicts } = await read(path, Comparison);
  // The newest eight are those of the campaign.
  expect(verdicts).toMatchObject([{ stratum: { dataset: "10" }, marginRatio: 0.1 }]);
  expect(kind).toBe("regression");
  expect(verdicts[0]?.remarks).toContain("only one side has runs of dataset=100, release=3.6");
});

test("a campaign is compared in its blocks", async () => {
  const { verdicts } = await read(`/api/v1/compare?campaign=${campaign}`, Comparison);
  expect(verdicts).toMatchObject([{ kind: "regression", design: "interleaved" }]);
  expect(verdicts[0]?.sentence).toMatch(/^3\.6 is \d+(\.\d)? % slower at p50 \[/);
});

test("a campaign under way has no verdict yet", async () => {
  const whole = campaigns.get(campaign)!;
  const steps = whole.steps.map((step, at) => (at < 12 ? step : { ...step, run: null }));
  campaigns.set(campaign, { ...whole, state: "running", steps } as typeof whole);
  const { kind, verdicts } = await read(`/api/v1/compare?campaign=${campaign}`, Comparison);
  campaigns.set(campaign, whole);
  expect(kind).toBe("not-enough-runs");
  expect(verdicts[0]?.sentence).toContain("the verdict is drawn from 8 of each");
});

test("hosts are compared over the same runs", async () => {
  const path = `/api/v1/compare/hosts?${ids("baselineRun", before)}&${ids("candidateRun", after)}`;
  expect(await read(path, HostComparison)).toMatchObject({
    hosts: [
      {
        agentName: "rack-1",
        metrics: [
          { metric: "cpu in use", unit: "1", baseline: 0.25, candidate: 0.5, difference: 0.25 },
        ],
      },
    ],
  });
});

test("a profile's history has its points in order, and says when it is cut", async () => {
  const whole = await read(`/api/v1/profiles/${profile}/history?variants=dataset%3D10`, History);
  expect(whole).toMatchObject({ figure: "p50", unit: "us", isCut: false });
  expect(whole.series).toHaveLength(1);
  const times = whole.series[0]!.points.map(({ atMs }) => atMs);
  expect(times).toHaveLength(32);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  const cut = await read(`/api/v1/profiles/${profile}/history?figure=p99&limit=3`, History);
  expect([cut.isCut, cut.figure]).toEqual([true, "p99"]);
  expect(await read(`/api/v1/profiles/${empty}/history`, History)).toMatchObject({ series: [] });
});

test("the board shows releases beside each other", async () => {
  const board = await read(`/api/v1/board?profile=${profile}`, Board);
  expect(board.columns).toEqual(["3.5", "3.6"]);
  expect(board.rows.map(({ dataset, cells }) => [dataset, cells[0]?.runs ?? null])).toEqual([
    ["10", 16],
    ["100", null],
  ]);
  expect(board.rows[0]?.cells[1]?.sentence).toMatch(/^machine list .* 3\.5/);
  const all = await read("/api/v1/board?figure=p99&across=dataset", Board);
  expect(all.columns).toEqual(["10", "100"]);
  expect((await read(`/api/v1/board?sinceMs=${Date.now()}`, Board)).rows).toEqual([]);
});

test("what could be found is told from the noise of the history", async () => {
  const path = `/api/v1/profiles/${profile}/detectable?runsEach=8`;
  const found = await read(path, Detectable);
  expect(found.expectedMs).toBe(2 * 8 * 33_000);
  expect(found.figures[0]!.historyRuns).toBe(40);
  const none = await read(`/api/v1/profiles/${empty}/detectable?runsEach=10`, Detectable);
  expect(none.sentence).toContain("at a usual noise of 3 %");
});

describe("a request that cannot be meant", () => {
  const one = before[0]!.run;
  const other = newId();
  const cases: readonly [string, string, number, string | undefined, RegExp][] = [
    ["compares nothing", "compare?", 400, "/baselineRun", /a comparison of nothing/],
    [
      "compares a run with itself",
      `compare?baselineRun=${one}&candidateRun=${one}`,
      400,
      "/candidateRun",
      /not compared with itself/,
    ],
    [
      "names a run twice",
      `compare?baselineRun=${one}&baselineRun=${one}&candidateRun=${one}`,
      400,
      "/baselineRun",
      /named twice/,
    ],
    ["has one side", `compare?candidateRun=${one}`, 400, "/baselineRun", /this one has none/],
    [
      "names an unknown run",
      `compare?baselineRun=${one}&candidateRun=${other}`,
      404,
      "/candidateRun",
      /there is no run/,
    ],
    [
      "names a run under way",
      `compare?baselineRun=${one}&candidateRun=${running}`,
      409,
      "/candidateRun",
      /is running: compare it once it has ended/,
    ],
    [
      "names what is no id",
      `compare?baselineRun=${one}&candidateRun=x`,
      400,
      "/candidateRun/0",
      /candidateRun/,
    ],
    [
      "names runs and a profile",
      `compare?baselineRun=${one}&profile=${profile}`,
      400,
      "/profile",
      /one of them at a time/,
    ],
    [
      "names a profile and a campaign",
      `compare?profile=${profile}&campaign=${campaign}`,
      400,
      "/campaign",
      /one of them at a time/,
    ],
    [
      "names an unknown profile",
      `compare?profile=${other}&${selectors}`,
      404,
      "/profile",
      /there is no profile/,
    ],
    [
      "has no baseline",
      `compare?profile=${profile}&candidate=release`,
      400,
      "/baseline",
      /a selector for each side/,
    ],
    [
      "has a selector that cannot be read",
      `compare?profile=${profile}&baseline=a~b&candidate=release`,
      400,
      "/baseline",
      /is not key=value/,
    ],
    [
      "selects nothing",
      `compare?profile=${profile}&baseline=release%3D9&candidate=release`,
      400,
      "/baseline",
      /no run matches release=9; there are runs of: /,
    ],
    [
      "selects the same on both sides",
      `compare?profile=${profile}&baseline=release&candidate=release`,
      400,
      "/candidate",
      /is on both sides/,
    ],
    [
      "selects from no runs",
      `compare?profile=${empty}&${selectors}`,
      400,
      "/baseline",
      /there are no runs yet/,
    ],
    [
      "names an unknown campaign",
      `compare?campaign=${other}`,
      404,
      "/campaign",
      /there is no campaign/,
    ],
    [
      "names a campaign of one side",
      `compare?campaign=${onlyRuns}`,
      400,
      "/campaign",
      /only ran machine list/,
    ],
    [
      "has a margin past its bound",
      `compare?campaign=${campaign}&marginRatio=2`,
      400,
      "/marginRatio",
      /marginRatio/,
    ],
    ["has too many runs", `compare?profile=${profile}&${selectors}&runs=101`, 400, "/runs", /runs/],
    ["compares hosts of nothing", "compare/hosts?", 400, "/baselineRun", /a comparison of nothing/],
    [
      "asks for a history of nothing",
      `profiles/${other}/history`,
      404,
      undefined,
      /there is no profile/,
    ],
    [
      "asks for a figure that is none",
      `profiles/${profile}/history?figure=p42`,
      400,
      "/figure",
      /figure/,
    ],
    [
      "asks for a history of a faulty selector",
      `profiles/${profile}/history?variants=a~b`,
      400,
      "/variants",
      /is not key=value/,
    ],
    ["asks for no points", `profiles/${profile}/history?limit=0`, 400, "/limit", /limit/],
    ["asks what nothing finds", `profiles/${profile}/detectable`, 400, "/runsEach", /runsEach/],
    [
      "asks what unknown variants find",
      `profiles/${profile}/detectable?runsEach=8&variants=release%3D9`,
      400,
      "/variants",
      /no variant matches/,
    ],
    [
      "asks what an unknown profile finds",
      `profiles/${other}/detectable?runsEach=8`,
      404,
      undefined,
      /there is no profile/,
    ],
    [
      "asks for the board of an unknown profile",
      `board?profile=${other}`,
      404,
      "/profile",
      /there is no profile/,
    ],
    [
      "asks for a board against a release that never ran",
      "board?baseline=2.0",
      400,
      "/baseline",
      /no run has release=2\.0; there are: 3\.5, 3\.6/,
    ],
    ["asks for a board of a figure that is none", "board?figure=speed", 400, "/figure", /figure/],
  ];
  test.each(cases)("%s", async (_what, path, status, field, reason) => {
    const response = await app.inject(`/api/v1/${path}`);
    const problem = response.json() as { detail: string; field?: string };
    expect([response.statusCode, problem.field]).toEqual([status, field]);
    expect(problem.detail).toMatch(reason);
  });
});

describe("the command line", () => {
  let address: string | undefined;
  async function tidemark(...args: string[]): Promise<string> {
    address ??= await app.listen({ host: "127.0.0.1", port: 0 });
    const printed: string[] = [];
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    const env = { TIDEMARK_URL: address, TIDEMARK_TOKEN: "tm_x" };
    const context = {
      env,
      connect: () => connect(env),
      print: (text: string) => void printed.push(text),
    };
    for (const group of [compare, history, board]) group(program, context);
    await program.parseAsync(["node", "tidemark", ...args]);
    return printed.join("\n");
  }

  test("compares, the sentence first", async () => {
    const runs = ["--baseline-run", ...before.map(({ run }) => run), "--candidate-run"];
    const text = await tidemark("compare", ...runs, ...after.map(({ run }) => run));
    expect(text.split("\n").slice(0, 3)).toEqual([
      expect.stringMatching(
        /^improvement \(dataset=10\): 3\.6 is 32 % faster at p50 \[30, 34\], 8\+8 runs, /,
      ),
      expect.stringMatching(/^FIGURE +3\.5 +3\.6 +DIFFERENCE +VERDICT$/),
      expect.stringMatching(/^p50 +1 ms +68\d µs +\[-34, -30\] % +improvement$/),
    ]);
    expect(text).toContain("- the sides were not run interleaved");
  });

  test("compares a profile by its name, with a margin in per cent, as JSON", async () => {
    const sides = ["--baseline", "release=3.5", "--candidate", "release=3.6", "--runs", "8"];
    const text = await tidemark(
      "compare",
      "--profile",
      "Machine List",
      ...sides,
      "--margin",
      "2.5%",
      "--json",
    );
    expect(parser(Comparison, "answer")(JSON.parse(text)).verdicts[0]?.marginRatio).toBe(0.025);
  });

  test("shows a history and the board", async () => {
    expect(await tidemark("history", "machine list", "--variants", "dataset=10")).toMatch(
      /^dataset=10: 32 runs, no lasting change of level\nRUN +WHEN +RELEASE +P50 +EVIDENCE\n(?:[a-z2-7]{16}  .*valid\n){20}12 earlier runs are not shown; --json has them$/,
    );
    const shown = await tidemark("board", "--figure", "p99");
    expect(shown).toMatch(/^OPERATION +DATASET +3\.5 +3\.6$/m);
    expect(shown).toMatch(/^machine list +10 +\d/m);
  });

  test.each([
    [["compare"], /a comparison of nothing/],
    [["compare", "--margin", "five"], /--margin five: a margin is such as 5 or 2\.5%/],
    [["compare", "--profile", "nobody", "--baseline", "a"], /there is no profile nobody/],
    [["history", "nobody"], /there is no profile nobody/],
    [["history", "machine list", "--figure", "p42"], /Allowed choices are p50, p95/],
    [["board", "--since", "yesterday"], /a date is such as 2026-11-01/],
    [["board", "--baseline", "2.0"], /no run has release=2\.0/],
  ])("%j says what is wrong", async (args, reason) => {
    await expect(tidemark(...args)).rejects.toThrow(reason);
  });
});
