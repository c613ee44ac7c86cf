import { expect, test } from "vitest";
import { capabilities, planFeatures } from "./capabilities.ts";
import { driverNames, driverSchemes } from "./drivers.ts";
import { featuresOf, planFault } from "./plan-fault.ts";
import type { LoadPlan } from "./plan.ts";

const plan: LoadPlan = {
  driver: "http1",
  target: "http://127.0.0.1:8479/",
  method: "GET",
  headers: [],
  body: "",
  pacing: { kind: "constant", ratePerSecond: 100 },
  precision: "precise",
  connections: 4,
  durationMs: 1_000,
  timeoutMs: 1_000,
};

test.each(driverNames)(
  "%s answers to every feature, with a reason where it does not honour it",
  (driver) => {
    for (const feature of planFeatures) {
      const capability = capabilities[driver][feature];
      expect(capability === true || capability.length > 10, feature).toBe(true);
    }
  },
);

test.each(driverNames)("%s carries out a plain plan in a pacing it knows", (driver) => {
  const sections: Partial<LoadPlan> =
    driver === "grpc"
      ? { grpc: { call: "health", method: "" } }
      : driver === "tcp" || driver === "udp"
        ? { socket: { exchange: "echo" }, body: "ping" }
        : {};
  const kinds = [{ kind: "constant", ratePerSecond: 100 }, { kind: "max" }] as const;
  const faults = kinds.map((pacing) =>
    planFault({
      ...plan,
      driver,
      target: `${driverSchemes[driver][0]}//127.0.0.1:1`,
      pacing,
      ...sections,
    }),
  );
  expect(faults).toContain(undefined);
});

test.each<[string, Partial<LoadPlan>, string]>([
  ["a scheme it does not speak", { target: "ws://h/" }, "/target"],
  ["credentials in the target", { target: "http://a:b@h/" }, "/target"],
  ["another driver's section", { grpc: { call: "health", method: "" } }, "/grpc"],
  ["streams over HTTP/1.1", { streams: 2 }, "/streams"],
  [
    "a ramp with wrk2",
    { driver: "wrk2", pacing: { kind: "ramp", fromPerSecond: 1, toPerSecond: 2 } },
    "/pacing",
  ],
  ["a rate with wrk", { driver: "wrk" }, "/pacing"],
  [
    "secrets with fortio",
    { driver: "fortio", headers: [{ name: "a", value: "{{secret.a}}" }] },
    "/headers/0",
  ],
  ["redirects over HTTP/2", { driver: "http2", redirectsMax: 1 }, "/redirectsMax"],
  [
    "too few connections for its workers",
    { workers: 3, share: { index: 0, of: 2 } },
    "/connections",
  ],
  [
    "more clients than connections",
    { pacing: { kind: "closed", clients: 5, thinkMs: 0 } },
    "/pacing/clients",
  ],
  [
    "stages that do not fill its time",
    { pacing: { kind: "stages", fromPerSecond: 1, stages: [{ durationMs: 500, toPerSecond: 1 }] } },
    "/pacing/stages",
  ],
  ["a ramp of nothing", { pacing: { kind: "ramp", fromPerSecond: 0, toPerSecond: 0 } }, "/pacing"],
  ["half a client certificate", { target: "https://h/", tls: { keySecret: "k" } }, "/tls"],
  ["TLS in the clear", { tls: { skipVerify: true } }, "/tls"],
  ["a gRPC call of nothing", { driver: "grpc", target: "grpc://h" }, "/grpc"],
  [
    "a gRPC method that is none",
    { driver: "grpc", target: "grpc://h", grpc: { call: "unary", method: "Echo" } },
    "/grpc/method",
  ],
  ["no idea of a TCP exchange", { driver: "tcp", target: "tcp://h:1" }, "/socket"],
  ["no port", { driver: "tcp", target: "tcp://h", socket: { exchange: "connect" } }, "/target"],
  [
    "nothing to echo",
    { driver: "udp", target: "udp://h:1", socket: { exchange: "echo" } },
    "/body",
  ],
])("%s is refused at its field", (_, change, field) => {
  const fault = planFault({ ...plan, ...change });
  expect(fault?.field).toBe(field);
  expect(fault?.reason).toMatch(/^[^\n]{10,200}$/);
});

test("names what a plan makes use of", () => {
  expect(
    featuresOf({ ...plan, body: "{{secret.a}}", auth: { kind: "bearer", tokenSecret: "t" } }),
  ).toEqual(["body", "secrets", "auth", "pacing.constant"]);
});
