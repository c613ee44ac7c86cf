import { expect, test } from "vitest";
import { engineLimits } from "./limits.ts";
import { addRemark, boundedRemarks } from "./remarks.ts";

const { remarksMax } = engineLimits;
const numbered = (count: number) => Array.from({ length: count }, (_, at) => `remark ${at}`);

test("each remark once, and all of them where there is room", () => {
  const remarks = new Set<string>();
  for (const text of [...numbered(remarksMax), ...numbered(remarksMax)]) addRemark(remarks, text);
  expect(boundedRemarks([...remarks])).toEqual(numbered(remarksMax));
});

test("past the bound the last remark says that others were left out, whoever met it", () => {
  const said = "further remarks were left out";
  const worker = new Set<string>();
  for (const text of numbered(remarksMax + 9)) addRemark(worker, text);
  expect(boundedRemarks([...worker])).toEqual([...numbered(remarksMax - 1), said]);
  expect(boundedRemarks([...worker, "another worker's"])).toHaveLength(remarksMax);
  expect(boundedRemarks([...worker, "another worker's"]).at(-1)).toBe(said);
});
