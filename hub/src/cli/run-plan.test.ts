import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type RunOptions, runRequest } from "./run-plan.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidemark-cli-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const agents = ["a".repeat(16)];
const target = "http://127.0.0.1/";
const request = (change: RunOptions) => runRequest(target, agents, change);

async function file(text: string): Promise<string> {
  const path = join(directory, "given");
  await writeFile(path, text);
  return path;
}

test("everything left out is left to the hub", () => {
  expect(request({})).toEqual({ agents, target });
});

test("a timeout is in seconds, a precision goes as it is", () => {
  expect(request({ timeout: "2.5", precision: "economy", method: "post" })).toMatchObject({
    timeoutMs: 2_500,
    precision: "economy",
    method: "POST",
  });
});

test("a body comes from the command line or, byte for byte, from a file", async () => {
  expect(request({ body: "x=1" }).body).toBe("x=1");
  expect(request({ bodyFile: await file('{"a": "ü"}\n') }).body).toBe('{"a": "ü"}\n');
});

test("headers come from both, the file's one a line", async () => {
  const headerFile = await file("# mine\nAuthorization: Bearer a:b\r\n\nX-Two:2\n");
  expect(request({ header: ["X-One: 1"], headerFile }).headers).toEqual([
    { name: "X-One", value: "1" },
    { name: "Authorization", value: "Bearer a:b" },
    { name: "X-Two", value: "2" },
  ]);
});

test("a faulty header is named by its place, not shown: it may be a secret", async () => {
  const headerFile = await file("X-One: 1\nhunter2\n");
  expect(() => request({ headerFile })).toThrow(/given line 2 is not name: value$/);
  expect(() => request({ header: ["hunter2"] })).toThrow("--header, number 1 is not name: value");
});

test("a file that cannot be read is named with its option", () => {
  const missing = join(directory, "missing");
  expect(() => request({ bodyFile: missing })).toThrow(
    /^--body-file .*missing cannot be read: ENOENT/,
  );
  expect(() => request({ headerFile: missing })).toThrow(/^--header-file .* cannot be read/);
  expect(() => request({ file: missing })).toThrow(/^--file .* cannot be read/);
});

test("a file holds a whole request, of which options replace what they say", async () => {
  const path = await file(
    "target: https://h/\nselector: role=rack\nratePerSecond: 5\ntls:\n  skipVerify: true\n",
  );
  expect(runRequest(undefined, [], { file: path })).toEqual({
    target: "https://h/",
    selector: "role=rack",
    ratePerSecond: 5,
    tls: { skipVerify: true },
  });
  expect(request({ file: path, max: true })).toEqual({
    target,
    agents,
    pacing: { kind: "max" },
    tls: { skipVerify: true },
  });
});

test.each(["[1]", "hello", "a: [", "a: *b"])("a file of %j is no request", async (text) => {
  const path = await file(text);
  expect(() => request({ file: path })).toThrow(/^--file .*given /);
});

test.each<[RunOptions, object]>([
  [
    { rate: "100", duration: "1.5m" },
    { ratePerSecond: 100, durationSeconds: 90 },
  ],
  [{ ramp: "10:500" }, { pacing: { kind: "ramp", fromPerSecond: 10, toPerSecond: 500 } }],
  [
    { stages: "0,10s:100,500ms:0" },
    {
      pacing: {
        kind: "stages",
        fromPerSecond: 0,
        stages: [
          { durationMs: 10_000, toPerSecond: 100 },
          { durationMs: 500, toPerSecond: 0 },
        ],
      },
    },
  ],
  [{ poisson: "50", seed: "7" }, { pacing: { kind: "poisson", ratePerSecond: 50, seed: 7 } }],
  [{ clients: "4", think: "250" }, { pacing: { kind: "closed", clients: 4, thinkMs: 250 } }],
  [
    { search: "100..9000", duration: "5", warmup: "1s" },
    {
      pacing: expect.objectContaining({
        kind: "search",
        fromPerSecond: 100,
        toPerSecond: 9_000,
        stepSeconds: 5,
      }),
      warmupSeconds: 1,
    },
  ],
  [
    { preset: "spike", rate: "20" },
    { preset: "spike", ratePerSecond: 20 },
  ],
])("%j is a shape", (options, expected) => {
  expect(request(options)).toMatchObject(expected);
});

test.each<[RunOptions, string]>([
  [{ ramp: "10" }, "--ramp: 10 is not from:to"],
  [{ stages: "10" }, "--stages: give a first rate"],
  [{ stages: "0,10s" }, "--stages: 10s is not duration:rate"],
  [{ duration: "soon" }, "--duration: soon is not a duration"],
  [{ rate: "5", seed: "7" }, "--seed says more of --poisson, which is not given"],
  [{ rate: "5", think: "7" }, "--think says more of --clients, which is not given"],
  [{ max: true, ramp: "1:2" }, "--ramp and --max are different shapes"],
])("%j is refused with what would do", (options, reason) => {
  expect(() => request(options)).toThrow(reason);
});
