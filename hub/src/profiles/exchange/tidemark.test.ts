import { ProfileSpec, parser } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { profileFault } from "../fault.ts";
import { importProfiles } from "./import.ts";
import { tidemarkJson, tidemarkYaml } from "./tidemark.ts";

const checkSpec = parser(ProfileSpec, "profile");

/** Everything at once. */
const full: ProfileSpec = checkSpec({
  name: "MAAS machine list",
  description: "yes: no, #1 'quoted' \"twice\" {{braces}}",
  labels: { team: "maas", "on/off": "true", number: "1e3" },
  load: {
    driver: "http1",
    target: "https://maas:5443/MAAS/api/2.0/machines/?op=list",
    method: "POST",
    headers: [
      { name: "Accept", value: "application/json" },
      { name: "Cookie", value: "s={{secret.session}}" },
    ],
    body: 'line 1\n  line 2: {{feed.id}}\n\n"end" \t\n',
    pacing: {
      kind: "stages",
      fromPerSecond: 1,
      stages: [
        { durationMs: 1_500, toPerSecond: 10 },
        { durationMs: 500, toPerSecond: 0.25 },
      ],
    },
    durationSeconds: 2,
    connections: 32,
    warmupSeconds: 0.5,
    timeoutMs: 5_000,
    precision: "economy",
    feed: { csv: "id,name\n1,ä\n", order: "cycle" },
    tls: {
      serverName: "maas",
      ca: "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
    },
    auth: { kind: "oauth1", keySecret: "maas" },
    expect: { statuses: ["2xx"], body: "resource_uri" },
    identify: false,
  },
  placement: { selector: "role=rack,zone!=b" },
  variants: [
    { labels: { release: "3.5", dataset: "10" } },
    { labels: { release: "3.6", dataset: "1000" }, target: "https://next:5443/MAAS/" },
  ],
  objectives: [{ percentile: 99, responseMs: 200, errorRatioMax: 0.001 }],
  repeats: 5,
  comparison: { runsEach: 8, marginRatio: 0.05 },
});

test.each([
  ["YAML", tidemarkYaml],
  ["JSON", tidemarkJson],
])("what is written as %s reads back as it was", (_format, write) => {
  expect(profileFault(full)).toBeUndefined();
  expect(importProfiles(write(full))).toEqual({
    kind: "tidemark",
    drafts: [{ spec: full, remarks: [], missing: [] }],
  });
});

test("the document is the one of the manual", () => {
  expect(
    tidemarkYaml({
      name: "machine list",
      load: { target: "http://maas:5240/", ratePerSecond: 10, body: "a\nb\n" },
      placement: { selector: "role=rack" },
    }),
  ).toBe(`tidemark: profile/1
profile:
  name: machine list
  load:
    target: http://maas:5240/
    ratePerSecond: 10
    body: |
      a
      b
  placement:
    selector: role=rack
`);
});

test("whatever texts a profile holds, it reads back as it was", () => {
  const plain = (maxLength: number) =>
    fc
      .string({ unit: "grapheme", minLength: 1, maxLength })
      .filter(
        (text) =>
          text.length <= maxLength && !/\p{C}|\p{Z}(?<! )/u.test(text) && text.trim() !== "",
      );
  const specs = fc.record(
    {
      name: plain(40),
      description: plain(80),
      labels: fc.dictionary(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,20}$/), plain(20), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
      load: fc.record({
        target: fc.constant("http://maas:5240/MAAS/"),
        ratePerSecond: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
        method: fc.constant("POST" as const),
        body: fc.string({
          unit: fc.constantFrom(...Array.from("ab {}:#-|>'\"\\\n\t\u0000é😀")),
          maxLength: 60,
        }),
      }),
      placement: fc.constant({ selector: "role=rack" }),
    },
    { requiredKeys: ["name", "load", "placement"] },
  );
  fc.assert(
    fc.property(specs, (spec) => {
      fc.pre(!Object.hasOwn(spec.labels ?? {}, "__proto__"));
      for (const write of [tidemarkYaml, tidemarkJson])
        expect(importProfiles(write(spec)).drafts[0]?.spec).toEqual(spec);
    }),
  );
});

test("no secret leaves, even of a spec that holds one, and none comes in", () => {
  const leaky: ProfileSpec = {
    name: "leaky",
    load: {
      target: "http://user:hunter2@maas/?a=b&token=hunter2",
      ratePerSecond: 1,
      headers: [{ name: "Authorization", value: "Bearer hunter2" }],
      requests: [
        {
          weight: 1,
          path: "/?api_key=hunter2&b=c",
          headers: [{ name: "X-Api-Key", value: "hunter2" }],
        },
      ],
    },
    placement: { selector: "role=rack" },
    variants: [
      { labels: { a: "1" }, headers: [{ name: "cookie", value: "hunter2" }] },
      { labels: { a: "2" }, target: "http://maas/?password=hunter2" },
    ],
  };
  const text = tidemarkYaml(leaky);
  expect(text).not.toContain("hunter2");
  expect(text).toContain("a=b");
  expect(text).toContain("b=c");
  const { drafts } = importProfiles(JSON.stringify(leaky));
  expect(JSON.stringify(drafts)).not.toContain("hunter2");
  expect(drafts[0]!.missing).toEqual([
    { field: "/load/headers/0/value", reason: expect.stringContaining("secret") },
  ]);
});

test("a spec that could not be saved is a draft that says why", () => {
  const { drafts } = importProfiles(
    "name: a\nload: {target: 'http://maas/', warmupSeconds: 5}\nplacement: {}",
  );
  expect(drafts[0]!.missing.map(({ field }) => field)).toEqual(["/placement", "/load/pacing"]);
});
