import fc from "fast-check";
import { expect, test } from "vitest";
import { BodyMatch } from "./body-match.ts";
import { openExpectation } from "./expectation.ts";

test.each<[string, Parameters<typeof openExpectation>[0], readonly number[], readonly number[]]>([
  ["without one", { driver: "http1" }, [0, 200, 304, 399], [400, 500, 999]],
  ["of gRPC", { driver: "grpc" }, [0], [1, 14, 200]],
  [
    "of classes",
    { driver: "http1", expect: { statuses: ["2xx", "404"] } },
    [200, 299, 404],
    [199, 300, 403, 405],
  ],
  ["of a range", { driver: "http1", expect: { statuses: ["200-204"] } }, [200, 204], [199, 205]],
  ["of a gRPC status", { driver: "grpc", expect: { statuses: ["5"] } }, [5], [0, 50]],
])("an expectation %s", (_, plan, expected, unexpected) => {
  const { status } = openExpectation(plan);
  expect(expected.map(status)).toEqual(expected.map(() => true));
  expect(unexpected.map(status)).toEqual(unexpected.map(() => false));
});

test("finds a text wherever it is cut, and only where it is", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 40 });
  fc.assert(
    fc.property(letters, letters, fc.array(fc.nat(7)), (body, needle, cuts) => {
      const bytes = Buffer.from(body);
      const match = new BodyMatch(Buffer.from(needle));
      // A second body on the same connection must not remember the first.
      for (let round = 0; round < 2; round += 1) {
        match.restart();
        let at = 0;
        for (const length of [...cuts, bytes.length]) {
          const end = Math.min(bytes.length, at + length);
          match.feed(bytes, at, end);
          at = end;
        }
        expect(match.found).toBe(body.includes(needle));
      }
    }),
    { numRuns: 1_000 },
  );
});
