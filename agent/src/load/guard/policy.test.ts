import { expect, test } from "vitest";
import { defaultPolicy, defaultPolicyText } from "./default-policy.ts";
import { parsePolicy } from "./policy.ts";

const limits = "limits: { ratePerSecond: 1, connections: 1, durationSeconds: 1 }";

test("the default is one", () => {
  expect(parsePolicy(defaultPolicyText)).toMatchObject({
    kind: "policy",
    policy: {
      allow: true,
      ratePerSecondMax: 10_000,
      connectionsMax: 512,
      durationMsMax: 3_600_000,
    },
  });
});

test("what an older release's file leaves out has a safe default", () => {
  expect(parsePolicy(`allow: true\ntargets: []\n${limits}`)).toMatchObject({
    kind: "policy",
    policy: {
      bytesMax: 100_000_000_000,
      cpuShareMax: 0.5,
      workersMax: 64,
      runsMax: 1,
      quietHours: [],
      drivers: ["http1", "http2", "websocket", "sse", "grpc", "tcp", "udp"],
    },
  });
});

test("the default says what its absence would mean", () => {
  const told = parsePolicy(defaultPolicyText);
  const old = parsePolicy(
    "allow: true\ntargets: [{ to: self }]\n" +
      "limits: { ratePerSecond: 10000, connections: 512, durationSeconds: 3600 }",
  );
  expect(told).toEqual(old);
});

test("names every fault at once", () => {
  const parsed = parsePolicy(
    "allow: yes please\ntargets: [{ to: self, port: 1 }]\nextra: 1\n" +
      "limits: { ratePerSecond: -1, connections: 1.5, durationSeconds: 1, cpuShare: 2, runs: 0 }\n" +
      "quietHours: 22:00-06:00\ndrivers: [ab]\n",
  );
  if (parsed.kind === "policy") throw new Error("taken for a policy");
  const paths = parsed.faults.map((fault) => fault.split(" ")[0]);
  expect(new Set(paths)).toEqual(
    new Set([
      "/allow",
      "/drivers/0",
      "/extra",
      "/limits/connections",
      "/limits/cpuShare",
      "/limits/ratePerSecond",
      "/limits/runs",
      "/quietHours",
      "/targets/0/port",
    ]),
  );
});

test("names every line that means nothing", () => {
  const parsed = parsePolicy(
    "allow: true\ntargets: [{ to: 10.0.0.0/40 }, { to: self, ports: [0, '9-1', 80] }]\n" +
      `${limits}\nquietHours: ["25:00-06:00", "22:00-06:00"]\n`,
  );
  expect(parsed).toEqual({
    kind: "malformed",
    faults: [
      expect.stringContaining("/targets/0/to"),
      expect.stringContaining("/targets/1/ports 0"),
      expect.stringContaining("/targets/1/ports 9-1"),
      expect.stringContaining('/quietHours/0 "25:00-06:00"'),
    ],
  });
});

test.each([
  ["", "it must hold fields"],
  ["allow: true", "targets"],
  ["allow: maybe\ntargets: []\n" + limits, "/allow"],
  ["allow: true\ntargets: everyone\n" + limits, "/targets"],
  ["allow: true\ntargets: [{ to: 300.1.1.1 }]\n" + limits, "/targets/0/to"],
  ["allow: true\ntargets: [{ to: 10.0.0.0/40 }]\n" + limits, "/targets/0/to"],
  ["allow: true\ntargets: [{ to: self }, { to: '*.test' }]\n" + limits, "/targets/1/to"],
  ["allow: true\ntargets: [{ to: self, ports: ['9-1'] }]\n" + limits, "/targets/0/ports"],
  ["allow: true\ntargets: [{ to: self, ports: [70000] }]\n" + limits, "/targets/0/ports"],
  ["allow: true\ntargets: []\nsurprise: 1\n" + limits, "/surprise"],
  ["allow: true\n\ttargets: []", "it is not YAML"],
  ["a: &a [*a]\nb: *a", "it is not YAML"],
])("malformed means nobody, with the reason: %j", (text, reason) => {
  const parsed = parsePolicy(text);
  expect(parsed.kind).toBe("malformed");
  expect(parsed.kind === "malformed" && parsed.faults.join("; ")).toContain(reason);
});

test("what a fresh agent knows of its policy without reading it is what the text says", () => {
  expect(parsePolicy(defaultPolicyText)).toEqual({ kind: "policy", policy: defaultPolicy });
});
