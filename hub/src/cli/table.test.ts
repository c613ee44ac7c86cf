import { expect, test } from "vitest";
import { ago, micros, table } from "./table.ts";

test("aligns columns and disarms control characters", () => {
  expect(
    table(
      ["ID", "NAME"],
      [
        ["1", "rack"],
        ["22", "a\u001b[2Jb"],
      ],
    ),
  ).toBe("ID  NAME\n1   rack\n22  a\u{fffd}[2Jb");
});

test.each([
  [null, "–"],
  [412.4, "412 µs"],
  [1_324, "1.32 ms"],
  [999_000, "999 ms"],
  [12_345_678, "12.3 s"],
])("writes %s µs as %s", (value, text) => {
  expect(micros(value)).toBe(text);
});

test.each([
  [null, "never"],
  [0, "0 s ago"],
  [119_000, "119 s ago"],
  [600_000, "10 min ago"],
  [10_800_000, "3 h ago"],
  [864_000_000, "10 d ago"],
])("writes a time %s ms ago as %s", (age, text) => {
  const nowMs = 1_800_000_000_000;
  expect(ago(age === null ? null : nowMs - age, nowMs)).toBe(text);
});
