// Medians, their intervals and p against what benchstat printed for its own test data.
import { expect, test } from "vitest";
import { benchstatCells, benchstatMissing } from "../../../../deploy/test/benchstat.ts";
import { medianInterval } from "./median-interval.ts";
import { rankSum } from "./rank-sum.ts";

test("says what benchstat says of its own data", async (context) => {
  const missing = await benchstatMissing();
  if (missing !== undefined) context.skip(missing);
  const cells = await benchstatCells({ medianInterval, rankSum });
  expect(cells.length).toBeGreaterThanOrEqual(20);
  const named = (side: "ours" | "expected") => cells.map((cell) => `${cell.name} = ${cell[side]}`);
  expect(named("ours")).toEqual(named("expected"));
});
