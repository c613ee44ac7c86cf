import { expect, test } from "vitest";
import { parse } from "yaml";
import { yamlOf } from "./yaml-text.ts";

test.each(["", " ", "\n", " \n", "\n \n\t", "  \n\n", "\t\n", " a\n", "a\n \n", "# \n\n"])(
  "%j reads back as it was",
  (body) => {
    expect(parse(yamlOf({ load: { body, method: "POST" } }))).toEqual({
      load: { body, method: "POST" },
    });
  },
);

test("a long text stays on its line, several lines are a block", () => {
  const long = "word ".repeat(40).trim();
  expect(yamlOf({ long, lines: "one\ntwo\n" })).toBe(`long: ${long}\nlines: |\n  one\n  two\n`);
});
