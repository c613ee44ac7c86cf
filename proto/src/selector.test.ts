import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSelector } from "./selector.ts";

const fleet = {
  a: { role: "rack", zone: "a" },
  b: { role: "rack", zone: "b", gpu: "" },
  c: { role: "mesh" },
} as const;

const chosen = (text: string) => {
  const selector = parseSelector(text);
  if (selector.kind === "faulty") return selector.reason;
  return Object.entries(fleet)
    .filter(([, labels]) => selector.matches(labels))
    .map(([name]) => name)
    .join("");
};

test.each([
  ["role=rack", "ab"],
  ["role == rack", "ab"],
  ["role=rack,zone!=b", "a"],
  ["zone!=b", "ac"],
  ["zone in (a, b)", "ab"],
  ["zone notin (a,b)", "c"],
  ["zone in (a,b),gpu", "b"],
  ["!zone", "c"],
  ["gpu", "b"],
  ["gpu=", "b"],
  ["role=nobody", ""],
  ["toString", ""],
])("%s matches %j", (text, names) => {
  expect(chosen(text)).toBe(names);
});

test.each([
  ["", "empty"],
  [" , ", "empty"],
  ["role=rack,", "“”"],
  ["role=rack;zone=a b=c", "“role"],
  ["zone in a", "“zone in a”"],
  ["zone in (a", "“zone in (a”"],
  ["=rack", "“=rack”"],
  ["__proto__=1", "“__proto__"],
  [Array.from({ length: 40 }, () => "a").join(","), "40 terms"],
])("%j is refused, and so matches nobody", (text, reason) => {
  expect(chosen(text)).toContain(reason);
});

test("never throws, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
      const selector = parseSelector(text);
      if (selector.kind === "selector") selector.matches({ a: text });
    }),
  );
});
