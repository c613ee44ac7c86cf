import type { ProfileSpec } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { planOf } from "../../load/plan.ts";
import { profileFault } from "../fault.ts";
import { importProfiles } from "./import.ts";
import { smpConfigYaml } from "./smp-export.ts";
import { smpLosses } from "./smp-lost.ts";

const id = "abcdefghijklmnop";
const target = "http://maas:5240/MAAS/api/2.0/machines/?op=list";
const simple: ProfileSpec = {
  name: "machine list",
  description: "as MAAS does",
  labels: { mesh: "istio", team: "maas" },
  load: {
    target,
    ratePerSecond: 100,
    connections: 16,
    durationSeconds: 90,
    headers: [{ name: "Accept", value: "application/json" }],
  },
  placement: { selector: "role=rack" },
};
const exported = (spec: ProfileSpec) => {
  expect(profileFault(spec)).toBeUndefined();
  return smpConfigYaml(id, spec, smpLosses(spec));
};

test("a profile that SMP can carry is written whole", () => {
  expect(smpLosses(simple)).toEqual([]);
  expect(exported(simple)).toBe(`test:
  smp_version: v0.0.1
  id: abcdefghijklmnop
  name: machine list
  labels:
    team: maas
    tidemark/selector: role=rack
    tidemark/description: as MAAS does
  clients:
    - internal: false
      load_generator: tidemark
      protocol: PROTOCOL_HTTP
      connections: 16
      rps: 100
      headers:
        Accept: application/json
      cookies: {}
      body: ""
      content_type: ""
      endpoint_urls:
        - http://maas:5240/MAAS/api/2.0/machines/?op=list
      ssl_certificate: ""
      additional_options: ""
  duration: 1m30s
mesh:
  type: ISTIO
`);
});

const load = (more: Partial<ProfileSpec["load"]>): Partial<ProfileSpec> => ({
  load: { ...simple.load, ...more },
});

test.each<[string, Partial<ProfileSpec>, string[]]>([
  ["a template", load({ headers: [{ name: "X", value: "{{id}}" }] }), ["/load/headers/0"]],
  [
    "a secret by name",
    load({ headers: [{ name: "Cookie", value: "{{secret.a}}" }] }),
    ["/load/headers/0"],
  ],
  [
    "a header twice",
    load({
      headers: [
        { name: "X", value: "1" },
        { name: "X", value: "2" },
      ],
    }),
    ["/load/headers/1"],
  ],
  ["a method", load({ method: "DELETE" }), ["/load/method"]],
  ["a body without POST", load({ body: "x" }), ["/load/body"]],
  ["a warm-up", load({ warmupSeconds: 1 }), ["/load/warmupSeconds"]],
  ["half a request a second", load({ ratePerSecond: 0.5 }), ["/load/ratePerSecond"]],
  ["HTTP/2", load({ driver: "http2" }), ["/load/driver"]],
  ["a preset", load({ preset: "soak" }), ["/load/preset"]],
  [
    "a ramp",
    load({
      ratePerSecond: undefined!,
      pacing: { kind: "ramp", fromPerSecond: 1, toPerSecond: 9 },
    }),
    ["/load/pacing"],
  ],
  [
    "weights",
    load({
      requests: [
        { weight: 1, path: "/a" },
        { weight: 2, path: "/b" },
      ],
    }),
    ["/load/requests"],
  ],
  ["authentication", load({ auth: { kind: "oauth1", keySecret: "maas" } }), ["/load/auth"]],
  ["a WebSocket", load({ target: "ws://maas/MAAS/ws" }), ["/load"]],
  [
    "all that is Tidemark's own",
    {
      variants: [{ labels: { release: "3.5" } }],
      objectives: [{ percentile: 99, responseMs: 1, errorRatioMax: 0 }],
      repeats: 2,
      comparison: { runsEach: 8 },
    },
    ["/variants", "/objectives", "/repeats", "/comparison"],
  ],
])("%s is lost, and nothing else", (_what, more, losses) => {
  const spec = { ...simple, ...more };
  expect(smpLosses(spec).map(({ field }) => field)).toEqual(losses);
  const text = exported(spec);
  for (const field of losses) expect(text).toContain(`# not carried: ${field} (`);
  // What is left is a document all the same, and a slow rate is no "as fast as possible".
  const { test: config } = parse(text);
  expect(config.clients[0].rps).toBeGreaterThan(0);
  expect(text).not.toContain("{{");
});

test("a WebSocket is written as HTTP with a label, and read back as one", () => {
  const spec = { ...simple, ...load({ target: "wss://maas:5240/MAAS/ws" }) };
  const { test: config } = parse(exported(spec));
  expect(config.clients[0].protocol).toBe("PROTOCOL_HTTP");
  expect(config.labels["x-protocol"]).toBe("websocket");
  expect(importProfiles(exported(spec)).drafts[0]!.spec).toEqual(spec);
});

test("whatever SMP can carry comes back as it was", () => {
  const labels = fc.dictionary(
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,20}$/),
    fc.stringMatching(/^[ -~]{0,20}$/),
    { maxKeys: 4, noNullPrototype: true },
  );
  const headers = fc.uniqueArray(
    fc.record({
      name: fc
        .stringMatching(/^X-[A-Za-z]{1,8}$/)
        .filter((name) => !/auth|token|secret|passw|key|cred|sign/i.test(name)),
      value: fc.stringMatching(/^[ -z|~]{0,20}$/),
    }),
    { maxLength: 4, selector: ({ name }) => name.toLowerCase() },
  );
  const loads: fc.Arbitrary<ProfileSpec["load"]> = fc
    .record({
      kind: fc.constantFrom("get", "post", "paths", "tcp", "grpc", "fortio", "max", "tls"),
      connections: fc.integer({ min: 1, max: 10_000 }),
      durationSeconds: fc.integer({ min: 100, max: 86_400_000 }).map((ms) => ms / 1_000),
      ratePerSecond: fc.integer({ min: 1, max: 1_000_000 }),
      headers,
      body: fc.stringMatching(/^[ -z|~\n]{1,40}$/),
    })
    .map(({ kind, headers: given, body, ...common }) => {
      const http = { ...common, target, ...(given.length > 0 && { headers: given }) };
      const { ratePerSecond: _rate, ...unpaced } = http;
      switch (kind) {
        case "post":
          return { ...http, method: "POST", body };
        case "paths":
          return {
            ...http,
            requests: ["/MAAS/api/2.0/machines/?op=list", "/b?c=d"].map((path) => ({
              weight: 1,
              path,
            })),
          };
        case "tcp":
          return { ...common, target: "tcp://maas:9000", socket: { exchange: "request" }, body };
        case "grpc":
          return { ...common, target: "grpc://maas:9000/", grpc: { call: "health", method: "" } };
        case "fortio":
          return { ...http, driver: "fortio" };
        case "max":
          return { ...unpaced, pacing: { kind: "max" } };
        case "tls":
          return {
            ...http,
            target: "https://maas/",
            tls: { ca: "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n" },
          };
        default:
          return http;
      }
    });
  const specs: fc.Arbitrary<ProfileSpec> = fc.record(
    {
      name: fc.stringMatching(/^[!-~][ -~]{0,40}$/),
      description: fc.stringMatching(/^[ -~]{0,60}$/),
      labels: labels.filter((each) => Object.keys(each).length > 0),
      load: loads,
      placement: fc.constantFrom<ProfileSpec["placement"]>(
        { selector: "role=rack,zone in (a,b)" },
        { agents: ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"] },
      ),
    },
    { requiredKeys: ["name", "load", "placement"] },
  );
  fc.assert(
    fc.property(specs, (spec) => {
      fc.pre(profileFault(spec) === undefined && smpLosses(spec).length === 0);
      const { drafts } = importProfiles(exported(spec));
      expect(drafts).toHaveLength(1);
      expect(drafts[0]!.missing).toEqual([]);
      expect(drafts[0]!.spec).toEqual(spec);
      expect(planOf(drafts[0]!.spec.load)).toEqual(planOf(spec.load));
    }),
    { numRuns: 300 },
  );
});
