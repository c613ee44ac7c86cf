import { expect, test } from "vitest";
import { settlingOf } from "./verdict-looks.ts";

test("what would settle it is not said twice", () => {
  const settles = "12 more runs of each would settle 5 %";
  expect(settlingOf({ sentence: `p99 [-3.0, +9.0]; ${settles}`, settles })).toBe("");
  expect(settlingOf({ sentence: "3.6 is 7.2 % slower at p99 [4.1, 10.6]", settles })).toBe(settles);
});
