import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLoadPlan } from "./plan.ts";
import { type Counts, addCounts, emptyCounts, requestErrors } from "./results.ts";

const small = fc.nat(1_000_000);
const counts: fc.Arbitrary<Counts> = fc
  .tuple(
    fc.dictionary(fc.constantFrom("200", "204", "404", "500"), small),
    fc.array(small, { minLength: 8, maxLength: 8 }),
    fc.array(small, { minLength: 7, maxLength: 7 }),
  )
  .map(
    ([
      statuses,
      [due, sent, completed, dropped, connects, bytesSent, bytesReceived, unexpected],
      errors,
    ]) => ({
      ...emptyCounts(),
      due: due!,
      sent: sent!,
      completed: completed!,
      dropped: dropped!,
      connects: connects!,
      bytesSent: bytesSent!,
      bytesReceived: bytesReceived!,
      unexpected: unexpected!,
      statuses,
      errors: Object.fromEntries(
        requestErrors.map((error, at) => [error, errors[at]!]),
      ) as Counts["errors"],
    }),
  );

test("adding counts is commutative, associative, and zero changes nothing", () => {
  fc.assert(
    fc.property(counts, counts, counts, (one, two, three) => {
      expect(addCounts(one, two)).toEqual(addCounts(two, one));
      expect(addCounts(addCounts(one, two), three)).toEqual(addCounts(one, addCounts(two, three)));
      expect(addCounts(one, emptyCounts())).toEqual(one);
    }),
  );
});

describe("a load plan", () => {
  const plan = {
    driver: "http1",
    target: "http://127.0.0.1:8479/",
    method: "GET",
    headers: [],
    body: "",
    pacing: { kind: "constant", ratePerSecond: 100 },
    precision: "precise",
    connections: 1,
    durationMs: 1_000,
    timeoutMs: 1_000,
  };
  const parse = (change: object) =>
    parseLoadPlan(new TextEncoder().encode(JSON.stringify({ ...plan, ...change })));

  test("passes as it is", () => {
    expect(parse({})).toEqual(plan);
  });

  test.each([
    ["a header name with a line break", { headers: [{ name: "a\r\nb", value: "x" }] }],
    ["a header value with a line break", { headers: [{ name: "a", value: "x\r\nHost: other" }] }],
    ["a header value with NUL", { headers: [{ name: "a", value: "\0" }] }],
    ["a target with a space", { target: "http://127.0.0.1/ HTTP/1.1" }],
    ["a target with a line break", { target: "http://127.0.0.1/\r\nx" }],
    ["another scheme", { target: "file:///etc/passwd" }],
    ["a rate of zero", { pacing: { kind: "constant", ratePerSecond: 0 } }],
    ["a rate past the limit", { pacing: { kind: "constant", ratePerSecond: 1e9 } }],
    ["no connections", { connections: 0 }],
    ["half a connection", { connections: 1.5 }],
    ["an unknown method", { method: "TRACE" }],
    ["an unknown field", { shell: "rm" }],
  ])("with %s is refused", (_, change) => {
    expect(() => parse(change)).toThrow("load plan refused");
  });
});
