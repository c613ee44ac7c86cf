// Whatever is in a document, it is refused in words or becomes drafts that fit the API; nothing else is thrown.
import { ImportAnswer, documentKinds, parser } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DocumentRefused } from "./document.ts";
import { importProfiles } from "./import.ts";

const checkAnswer = parser(ImportAnswer, "answer");

function outcomeOf(text: string, kind?: (typeof documentKinds)[number]): "drafts" | "refused" {
  try {
    checkAnswer(importProfiles(text, kind));
    return "drafts";
  } catch (cause) {
    if (!(cause instanceof DocumentRefused)) throw cause;
    expect(cause.message).not.toBe("");
    return "refused";
  }
}

const value = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    1,
    -1,
    10,
    1e19,
    0.5,
    "",
    "1",
    "10s",
    "0",
    "http",
    "PROTOCOL_TCP",
    "http://a/",
    "https://a:1/x?y#z",
    "tcp://a",
    "a:1",
    "{{x}}",
    "{{secret.a}}",
    "fortio",
    "wrk2",
    "{}",
    '{"a":"b"}',
    '{"H2":true}',
    "[1]",
    "\u0000",
    "\u202e",
    "😀",
    null,
    true,
    {},
    [],
    "-----BEGIN CERTIFICATE-----",
    "x".repeat(9_000),
    10_000,
    1_000_000,
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
const objectOf = (names: readonly string[], values: fc.Arbitrary<unknown>) =>
  fc.dictionary(fc.constantFrom(...names), values, {
    maxKeys: names.length,
    noNullPrototype: true,
  });
const urls = fc.array(
  fc.oneof(fc.constantFrom("http://a/", "http://a/b", "http://b/", "c:1"), value),
  {
    maxLength: 4,
  },
);
const client = objectOf(
  [
    "internal",
    "load_generator",
    "protocol",
    "connections",
    "rps",
    "headers",
    "cookies",
    "body",
    "contentType",
    "endpointUrls",
    "endpoint_url",
    "ssl_certificate",
    "additional_options",
    "other",
  ],
  fc.oneof(value, urls),
);
const smp = objectOf(
  ["smp_version", "id", "name", "labels", "clients", "duration", "mesh", "test"],
  fc.oneof(
    { weight: 2, arbitrary: value },
    { weight: 3, arbitrary: fc.array(client, { maxLength: 3 }) },
  ),
);
const meshery = objectOf(
  [
    "name",
    "loadGenerators",
    "endpoints",
    "serviceMesh",
    "concurrent_request",
    "qps",
    "duration",
    "requestHeaders",
    "request_cookies",
    "requestBody",
    "contentType",
    "metadata",
    "schedule",
    "id",
  ],
  fc.oneof(value, urls),
);

test.each([
  ["SMP", "smp", smp],
  ["SMP within its wrapper", "smp", fc.record({ test: smp, mesh: value })],
  ["a client of SMP's", "smp", client.map((each) => ({ clients: [each, each], duration: "1s" }))],
  ["Meshery", "meshery", meshery],
  ["Tidemark", "tidemark", objectOf(["name", "load", "placement", "variants"], value)],
] as const)(
  "a document as if it were %s is refused in words, or drafts",
  (_what, kind, documents) => {
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(documents, (document: unknown) => {
        outcomes.add(outcomeOf(JSON.stringify(document), kind));
      }),
      { numRuns: 400 },
    );
    expect(outcomes).toContain("refused");
    if (kind !== "tidemark") expect(outcomes).toContain("drafts");
  },
);

test("any text is refused in words, or drafts", () => {
  const yaml = fc.string({
    unit: fc.constantFrom(...Array.from("ab: -\n[]{}\"'|>&*!#?,%@`\t0")),
    maxLength: 60,
  });
  fc.assert(
    fc.property(yaml, fc.constantFrom(undefined, ...documentKinds), (text, kind) => {
      outcomeOf(text, kind);
    }),
    { numRuns: 1_000 },
  );
});
