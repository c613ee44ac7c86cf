import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadPlan } from "@tidemark/proto";
import { afterAll, beforeEach, expect, test } from "vitest";
import { openRedirects } from "./redirects.ts";

const directory = mkdtempSync(join(tmpdir(), "tidemark-redirects-"));
const policyFile = join(directory, "policy.yaml");
const secretsFile = join(directory, "secrets.yaml");
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => {
  writeFileSync(
    policyFile,
    "allow: true\ntargets: [{ to: self }, { to: 192.0.2.0/24 }]\n" +
      "limits: { ratePerSecond: 9, connections: 9, durationSeconds: 9 }\n",
    { mode: 0o600 },
  );
  writeFileSync(
    secretsFile,
    'free: c4n4ry-1\nbound: { value: c4n4ry-2, targets: ["192.0.2.1", "192.0.2.2:443"] }\n',
    { mode: 0o600 },
  );
});

const planWith = (...secrets: string[]): LoadPlan => ({
  driver: "http1",
  target: "http://192.0.2.1/",
  method: "GET",
  headers: secrets.map((name) => ({ name: "X", value: `{{secret.${name}}}` })),
  body: "",
  pacing: { kind: "constant", ratePerSecond: 1 },
  precision: "precise",
  connections: 1,
  durationMs: 1_000,
  timeoutMs: 1_000,
});

const none: readonly string[] = [];
test.each([
  ["without secrets", none, "192.0.2.9", 80, undefined],
  ["without secrets, outside the policy", none, "192.0.3.9", 80, "not among the targets"],
  ["without secrets, to metadata", none, "169.254.169.254", 80, "always refused"],
  ["the same host, another port", ["free"], "192.0.2.1", 443, undefined],
  ["another host", ["free"], "192.0.2.9", 80, "secret free stays with 192.0.2.1"],
  ["where it may go", ["bound"], "192.0.2.2", 443, undefined],
  ["where it may not go", ["bound"], "192.0.2.2", 80, "secret bound is not for 192.0.2.2 port 80"],
  ["where one of two may not go", ["bound", "free"], "192.0.2.2", 443, "secret free stays"],
  ["a secret that is not there", ["gone"], "192.0.2.1", 443, "secret gone is not in"],
])("%s", async (_, names, host, port, reason) => {
  const verdict = await openRedirects(planWith(...names), policyFile)(host, port);
  if (reason === undefined)
    expect(verdict).toEqual({ kind: "allowed", endpoint: { address: host, port } });
  else expect(verdict).toEqual({ kind: "refused", reason: expect.stringContaining(reason) });
  expect(JSON.stringify(verdict)).not.toContain("c4n4ry");
});

test("secrets that cannot be read any more go nowhere", async () => {
  const judge = openRedirects(planWith("bound"), policyFile);
  writeFileSync(secretsFile, "bound: [c4n4ry-2]\n");
  expect(await judge("192.0.2.2", 443)).toEqual({
    kind: "refused",
    reason: "this host's secrets cannot be read any more",
  });
});
