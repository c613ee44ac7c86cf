// `tidemark gate` as a CI calls it: the real program against a hub that answers what a test lays down.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Campaign, type Verdict, type VerdictKind, newId } from "@tidemark/proto";
import { afterEach, beforeEach, expect, test } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const profile = {
  id: newId(),
  revision: 1,
  spec: {
    name: "machine list",
    load: { target: "http://127.0.0.1:1/", ratePerSecond: 1 },
    placement: { selector: "role=rack" },
  },
  createdAtMs: 1,
  createdBy: "ann",
  revisedAtMs: 1,
  revisedBy: "ann",
  archivedAtMs: null,
};
const row = {
  id: profile.id,
  name: "machine list",
  description: "",
  labels: {},
  revision: 1,
  driver: "http1",
  target: "http://127.0.0.1:1/",
  shape: "1/s",
  variants: [],
  revisedAtMs: 1,
  revisedBy: "ann",
  archivedAtMs: null,
  lastRun: null,
};
const verdictOf = (kind: VerdictKind): Verdict => ({
  kind,
  stratum: {},
  sentence: `3.6 is a ${kind}`,
  settles: "",
  marginRatio: 0.05,
  design: "interleaved",
  baseline: { label: "3.5", runs: [], counted: 8 },
  candidate: { label: "3.6", runs: [], counted: 8 },
  figures: [],
  keyDifferences: [],
  environmentChanges: [],
  remarks: [],
});
const campaignOf = (change: Partial<Campaign>): Campaign => ({
  id: "mf2xg3dpmf2xg3dp",
  kind: "comparison",
  profile: { id: profile.id, revision: 1, name: "machine list" },
  state: "running",
  cause: "",
  createdBy: "ann",
  createdAtMs: 1,
  startedAtMs: 1,
  endedAtMs: null,
  expectedEndMs: 2,
  schedule: null,
  suspect: null,
  comparison: null,
  steps: [
    {
      variant: { release: "3.5" },
      side: "baseline",
      run: null,
      state: "waiting",
      cause: "",
      validity: null,
    },
  ],
  verdicts: [],
  ...change,
});

interface Asked {
  readonly path: string;
  readonly body: unknown;
}
let asked: Asked[];
let answers: Map<string, (nth: number) => unknown>;
let url: string;
let stop: () => Promise<void>;
let folder: string;

beforeEach(async () => {
  asked = [];
  answers = new Map<string, (nth: number) => unknown>([
    ["GET /profiles", () => ({ items: [row] })],
    [`GET /profiles/${profile.id}`, () => profile],
  ]);
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
    request.on("end", () => {
      const path = (request.url ?? "").replace("/api/v1", "");
      asked.push({ path, body: text === "" ? undefined : JSON.parse(text) });
      const key = `${request.method} ${path.split("?")[0]}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      const answer = answers.get(key)?.(counts.get(key)!);
      if (answer === "hang up") return void request.socket.destroy();
      const problem = {
        type: "urn:x",
        title: "t",
        status: 400,
        code: "invalid-request",
        detail: "no run matches",
        field: "/candidate",
      };
      response.writeHead(answer === undefined ? 400 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? problem));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  folder = mkdtempSync(join(tmpdir(), "tidemark-gate-"));
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

function gate(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const all = [
    "gate",
    "--profile",
    "Machine List",
    "--baseline",
    "3.5",
    "--candidate",
    "3.6",
    ...args,
  ];
  const env = { PATH: process.env["PATH"], TIDEMARK_URL: url, TIDEMARK_TOKEN: "tm_x" };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...all], { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

test("judges the runs there are", async () => {
  answers.set("GET /compare", () => ({ kind: "equivalent", verdicts: [verdictOf("equivalent")] }));
  const { code, out } = await gate("--margin", "3%", "--runs-each", "12");
  expect(out.split("\n")[0]).toBe("equivalent: 3.6 is a equivalent");
  expect(code).toBe(0);
  const query = new URLSearchParams(asked.at(-1)!.path.split("?")[1]);
  expect(Object.fromEntries(query)).toEqual({
    profile: profile.id,
    baseline: "release=3.5",
    candidate: "release=3.6",
    runs: "12",
    marginRatio: "0.03",
  });
});

test("starts a comparison, follows it across a hub that goes away for a moment, and writes its reports", async () => {
  const [step] = campaignOf({}).steps;
  answers.set("POST /comparisons", () => campaignOf({}));
  answers.set("GET /campaigns/mf2xg3dpmf2xg3dp", (nth) => {
    if (nth === 1) return "hang up";
    const done = { ...step!, state: "completed" as const };
    return campaignOf({ state: "completed", steps: [done], verdicts: [verdictOf("regression")] });
  });
  const [junit, markdown] = [join(folder, "gate.xml"), join(folder, "gate.md")];
  const ran = await gate(
    "--run",
    "--runs-each",
    "4",
    "--json",
    "--junit",
    junit,
    "--markdown",
    markdown,
  );
  expect(ran.code).toBe(4);
  expect(JSON.parse(ran.out)).toMatchObject({
    kind: "regression",
    campaign: "mf2xg3dpmf2xg3dp",
    exitCode: 4,
  });
  expect(ran.err).toContain("1/1  release=3.5  completed");
  expect(asked.find(({ path }) => path === "/comparisons")?.body).toEqual({
    profile: profile.id,
    baseline: "release=3.5",
    candidate: "release=3.6",
    runsEach: 4,
  });
  expect(readFileSync(junit, "utf8")).toContain('failures="1"');
  expect(readFileSync(markdown, "utf8")).toContain("**3.6 is a regression**");
});

test("a report that cannot be written takes no verdict with it", async () => {
  answers.set("POST /comparisons", () => campaignOf({}));
  answers.set("GET /campaigns/mf2xg3dpmf2xg3dp", () =>
    campaignOf({ state: "completed", verdicts: [verdictOf("equivalent")] }),
  );
  const ran = await gate("--run", "--junit", join(folder, "nowhere", "gate.xml"));
  expect(ran.out).toContain("equivalent: 3.6 is a equivalent");
  expect(ran).toMatchObject({ code: 1, err: expect.stringContaining("could not be written") });
});

test.each([
  [
    "a campaign that failed",
    { state: "failed" as const, cause: "no run completed" },
    /failed: no run/,
  ],
  ["a campaign that was cancelled", { state: "cancelled" as const, cause: "by bob" }, /cancelled/],
])("%s exits with 1: there is no verdict", async (_what, end, said) => {
  answers.set("POST /comparisons", () => campaignOf({}));
  answers.set("GET /campaigns/mf2xg3dpmf2xg3dp", () =>
    campaignOf({ ...end, verdicts: [verdictOf("equivalent")] }),
  );
  const { code, err } = await gate("--run");
  expect(code).toBe(1);
  expect(err).toMatch(said);
});

test.each([
  [["--margin", "none"], /--margin none/],
  [["--fail-on", "slow"], /--fail-on slow: give some of regression, inconclusive/],
  [["--runs-each", "0"], /--runs-each 0/],
])("wrong input exits with 2: %j", async (args, said) => {
  const { code, err } = await gate(...args);
  expect(code).toBe(2);
  expect(err).toMatch(said);
  expect(asked).toEqual([]);
});

test("what the hub refuses as wrong input exits with 2 and names the field", async () => {
  const { code, err } = await gate();
  expect(code).toBe(2);
  expect(err).toBe("tidemark: /candidate: no run matches\n");
});

test("no such profile: 2, no such hub: 1", async () => {
  answers.set("GET /profiles", () => ({ items: [] }));
  expect(await gate()).toMatchObject({
    code: 2,
    err: expect.stringContaining("there is no profile"),
  });
  await stop();
  expect(await gate()).toMatchObject({ code: 1, err: expect.stringContaining("does not answer") });
  stop = async () => undefined;
});
