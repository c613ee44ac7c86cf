import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadPlan, defaultPortOf } from "@tidemark/proto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Guard, type GuardOptions, openGuard } from "./guard.ts";
import { defaultPolicyText } from "./default-policy.ts";
import type { Policy } from "./policy.ts";
import { loadPolicyParser } from "./policy-file.ts";
import { ownAddresses } from "./resolve.ts";
import { decideTarget } from "./targets.ts";

const directory = mkdtempSync(join(tmpdir(), "tidemark-guard-"));
const policyFile = join(directory, "policy.yaml");
const killSwitch = join(directory, "stop-load");
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => {
  rmSync(policyFile, { force: true });
  rmSync(killSwitch, { force: true });
});

const plan: LoadPlan = {
  driver: "http1",
  target: "http://127.0.0.1/",
  method: "GET",
  headers: [],
  body: "",
  pacing: { kind: "constant", ratePerSecond: 1 },
  precision: "precise",
  connections: 1,
  durationMs: 1_000,
  timeoutMs: 1_000,
};
const alone = { others: [], cores: 2, startAtMs: 0 };

function writePolicy(targets: string, rest = ""): void {
  writeFileSync(
    policyFile,
    `allow: true\ntargets: ${targets}\nlimits: { ratePerSecond: 9, connections: 9, durationSeconds: 9 }\n${rest}\n`,
    { mode: 0o600 },
  );
}

function policyOf(guard: Guard): Policy {
  const admission = guard.admit(plan, alone);
  if (admission.kind === "refused") throw new Error(admission.reason);
  return admission.policy;
}

beforeAll(loadPolicyParser);

function opened(change: Partial<GuardOptions> = {}): Guard {
  return openGuard({ policyFile, probe: async () => true, ...change });
}

const locate = (guard: Guard, target: string, driver: LoadPlan["driver"] = "http1") =>
  guard.locate({ ...plan, target, driver }, policyOf(guard));

test("writes the default for its owner alone, and leaves a file that is there", () => {
  opened();
  expect(readFileSync(policyFile, "utf8")).toBe(defaultPolicyText);
  expect(statSync(policyFile).mode & 0o777).toBe(0o600);
  writePolicy("[]");
  opened();
  expect(readFileSync(policyFile, "utf8")).not.toBe(defaultPolicyText);
});

test("a policy that any user may write means nobody", () => {
  const guard = opened();
  chmodSync(policyFile, 0o666);
  expect(guard.allowsAny()).toBe(false);
  expect(guard.admit(plan, alone)).toMatchObject({ reason: expect.stringContaining("chmod o-w") });
  chmodSync(policyFile, 0o640);
  expect(guard.allowsAny()).toBe(true);
});

test.each([
  ["http://127.0.0.1/", "http1", 80],
  ["https://127.0.0.1/", "http2", 443],
  ["ws://127.0.0.1/", "websocket", 80],
  ["wss://127.0.0.1/x", "websocket", 443],
  ["grpc://127.0.0.1/", "grpc", 80],
  ["grpcs://127.0.0.1/", "grpc", 443],
  ["tcp://127.0.0.1:7/", "tcp", 7],
  ["udp://127.0.0.1:9", "udp", 9],
  ["http://[::1]:8080/", "http1", 8_080],
  ["tcp://[::1]:8080", "tcp", 8_080],
] as const)("knows the port of %s", async (target, driver, port) => {
  const address = target.includes("[") ? "::1" : "127.0.0.1";
  expect(await locate(opened(), target, driver)).toEqual({ host: address, address, port });
});

test.each(["http", "https", "ws", "wss", "grpc", "grpcs", "tcp", "udp"])(
  "holds %s to the ports of the rule",
  async (scheme) => {
    writePolicy("[{ to: self, ports: [9000] }]");
    const guard = opened();
    expect(await locate(guard, `${scheme}://127.0.0.1:9000/`)).toMatchObject({ port: 9_000 });
    expect(await locate(guard, `${scheme}://127.0.0.1:9001/`)).toContain("port 9001");
    const standard = defaultPortOf(`${scheme}:`);
    expect(await locate(guard, `${scheme}://127.0.0.1/`)).toContain(
      standard === undefined ? "names no port" : `port ${standard}`,
    );
  },
);

test.each([
  "http://169.254.169.254/latest/meta-data",
  "http://2852039166/",
  "http://0xa9fea9fe/",
  "http://[::ffff:169.254.169.254]/",
  "http://[::ffff:a9fe:a9fe]/",
  "http://[64:ff9b::a9fe:a9fe]/",
  "http://[fd00:ec2::254]/",
  "http://100.100.100.200/",
  "ws://169.254.169.254/",
  "grpc://169.254.169.254:80",
  "tcp://169.254.169.254:80",
  "udp://169.254.169.254:53",
  "udp://[fe80::1]:53",
  "tcp://2852039166:80",
  "tcp://0251.0376.0251.0376:80",
])("never reaches metadata or link-local: %s", async (target) => {
  writePolicy('[{ to: 0.0.0.0/0 }, { to: "::/0" }]');
  const said = await locate(opened(), target);
  expect(said).toBeTypeOf("string");
  expect(said).toMatch(/always refused|not looked up/);
});

test("judges what a redirect leads to by the same rules", async () => {
  writePolicy("[{ to: self, ports: [80, 8443] }, { to: 192.0.2.0/24 }]");
  const asked: string[] = [];
  const guard = opened({
    resolve: async (host) => {
      asked.push(host);
      return [host];
    },
  });
  expect(await guard.judgeTarget("192.0.2.7", 443)).toEqual({
    kind: "allowed",
    endpoint: { address: "192.0.2.7", port: 443 },
  });
  expect(await guard.judgeTarget("[::1]", 8_443)).toMatchObject({ kind: "allowed" });
  for (const [host, port] of [
    ["127.0.0.1", 81],
    ["192.0.3.1", 80],
    ["169.254.169.254", 80],
    ["[::ffff:169.254.169.254]", 80],
    ["[64:ff9b::a9fe:a9fe]", 80],
    ["[fe80::1]", 80],
    ["metadata.google.internal", 80],
  ] as const)
    expect(await guard.judgeTarget(host, port)).toMatchObject({ kind: "refused" });
  expect(asked).not.toContain("metadata.google.internal");
  writeFileSync(killSwitch, "");
  expect(await guard.judgeTarget("192.0.2.7", 443)).toMatchObject({
    reason: expect.stringContaining("kill switch"),
  });
});

test("does not knock where UDP is spoken", async () => {
  writePolicy("[{ to: self }]");
  const knocked: string[] = [];
  const guard = opened({
    resolve: async () => ["::1", "127.0.0.1"],
    probe: async (address) => {
      knocked.push(address);
      return address === "127.0.0.1";
    },
  });
  expect(await locate(guard, "udp://localhost:53", "udp")).toMatchObject({ address: "::1" });
  expect(knocked).toEqual([]);
  expect(await locate(guard, "tcp://localhost:53", "tcp")).toMatchObject({ address: "127.0.0.1" });
  expect(knocked).toEqual(["::1", "127.0.0.1"]);
});

test("whatever a name resolves to over time, only an address that was checked is connected to", async () => {
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom("127.0.0.1", "::1", "169.254.169.254", "::ffff:169.254.169.254", "10.0.0.1"),
    fc.constantFrom("not an address", "fe80::1%eth0", ""),
  );
  const answers = fc.array(fc.array(address, { maxLength: 4 }), { minLength: 1, maxLength: 4 });
  const targets = fc.subarray(["self", "10.0.0.0/8", "0.0.0.0/0", "::/0", "api.test"], {
    minLength: 1,
  });
  const ways = fc.constantFrom("http://api.test/", "http://localhost/", "udp://localhost:1");
  await fc.assert(
    fc.asyncProperty(answers, targets, ways, fc.func(fc.boolean()), async (over, to, way, open) => {
      writePolicy(JSON.stringify(to.map((rule) => ({ to: rule }))));
      let asked = 0;
      const knocked: string[] = [];
      const guard = opened({
        resolve: async () => over[Math.min(asked++, over.length - 1)] ?? [],
        probe: async (where) => {
          knocked.push(where);
          return open(where);
        },
      });
      const { rules } = policyOf(guard);
      const { hostname: host, protocol } = new URL(way);
      const port = defaultPortOf(protocol) ?? 1;
      for (const seen of over) {
        asked = over.indexOf(seen);
        knocked.length = 0;
        const isPermitted = (text: string) =>
          decideTarget(rules, { host, port, addresses: [text], own: ownAddresses() }).kind ===
          "allowed";
        const redirected = await guard.judgeTarget(host, port);
        asked = over.indexOf(seen);
        const located = await locate(guard, way);
        const reached = [
          ...knocked,
          ...(typeof located === "string" ? [] : [located.address]),
          ...(redirected.kind === "allowed" ? [redirected.endpoint.address] : []),
        ];
        for (const text of reached) {
          expect(seen).toContain(text);
          expect(isPermitted(text)).toBe(true);
        }
      }
    }),
  );
});

test("says why what runs must end", () => {
  const guard = opened();
  const noonMs = new Date(2026, 10, 25, 12).getTime();
  expect(guard.stopCause(noonMs)).toBeUndefined();
  writePolicy("[{ to: self }]", 'quietHours: ["12:00-13:00"]');
  expect(guard.stopCause(noonMs - 1)).toBeUndefined();
  expect(guard.stopCause(noonMs)).toContain("quiet hours began (2026-11-25 12:00)");
  writeFileSync(policyFile, defaultPolicyText.replace("allow: true", "allow: false"));
  expect(guard.stopCause(noonMs)).toContain("allows no load test");
  writeFileSync(policyFile, "allow: perhaps");
  expect(guard.stopCause(noonMs)).toContain("malformed");
  rmSync(policyFile);
  expect(guard.stopCause(noonMs)).toBeUndefined();
  writeFileSync(killSwitch, "");
  expect(guard.stopCause(noonMs)).toContain("kill switch");
});

test("its kill switch is a file that outlives it, and holds without one", () => {
  expect(opened().kill("set by a test")).toBeUndefined();
  expect(readFileSync(killSwitch, "utf8")).toContain("set by a test");
  expect(opened().isKilled()).toBe(true);
  rmSync(killSwitch);
  expect(opened().isKilled()).toBe(false);
  const nowhere = openGuard({ policyFile: join(directory, "missing", "policy.yaml") });
  expect(nowhere.allowsAny()).toBe(true);
  expect(nowhere.kill("set by a test")).toMatchObject({ code: "ENOENT" });
  expect(nowhere.allowsAny()).toBe(false);
  expect(existsSync(join(directory, "missing"))).toBe(false);
});
