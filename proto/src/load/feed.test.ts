import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFeed } from "./feed.ts";

const rowsOf = (csv: string) => {
  const feed = parseFeed(csv);
  if (feed.kind === "faulty") throw new Error(feed.reason);
  return [feed.columns, ...feed.rows.map(({ values }) => values)];
};

test.each<[string, string, readonly (readonly string[])[]]>([
  [
    "LF",
    "a,b\n1,2\n3,4",
    [
      ["a", "b"],
      ["1", "2"],
      ["3", "4"],
    ],
  ],
  [
    "CRLF and a last line end",
    "a,b\r\n1,2\r\n",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  [
    "quotes, commas and line ends within quotes",
    'a,b\n"1,""x""","y\r\nz"',
    [
      ["a", "b"],
      ['1,"x"', "y\r\nz"],
    ],
  ],
  [
    "empty values",
    'a,b\n,\n"",x',
    [
      ["a", "b"],
      ["", ""],
      ["", "x"],
    ],
  ],
  ["empty lines are no rows", "a\n\n1\n\n\n2\n", [["a"], ["1"], ["2"]]],
  [
    "a byte order mark and blanks around names",
    "\uFEFFa , b\n 1,2",
    [
      ["a", "b"],
      [" 1", "2"],
    ],
  ],
])("reads %s", (_, csv, expected) => {
  expect(rowsOf(csv)).toEqual(expected);
});

test.each([
  ["nothing", "\n\n", "line 1: there is no header line"],
  ["a header alone", "a,b\n", "line 2: there is no row below the header"],
  ["too few values", "a,b\n1,2\n3\n", "line 3: 1 value for 2 columns"],
  ["too many values", "a\n1,2\n", "line 2: 2 values for 1 column"],
  ["a ragged row after one of three lines", 'a,b\n"x\ny\nz",1\n2', "line 5: 1 value for 2 columns"],
  ["an open quote", 'a\n1\n"never\nclosed', "line 3: a quote is never closed"],
  ["text after a quote", 'a\n"x"y', "line 2: something follows a closing quote"],
  ["a quote in the open", 'a\nx"y', "line 2: a quote within a value that is not quoted"],
  ["a bare carriage return", "a\nx\ry", "line 2: a carriage return that ends no line"],
  ["a column twice", "a,b, a\n1,2,3", "line 1: the column a is there twice"],
  ["a column without a name", "a,,c\n1,2,3", "line 1: column 2 has no name"],
])("names the line of %s", (_, csv, reason) => {
  expect(parseFeed(csv)).toEqual({ kind: "faulty", reason });
});

test("reads back whatever was written by RFC 4180", () => {
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
  const table = fc
    .integer({ min: 1, max: 5 })
    .chain((width) =>
      fc.array(fc.array(fc.string(), { minLength: width, maxLength: width }), { minLength: 1 }),
    );
  fc.assert(
    fc.property(table, fc.constantFrom("\n", "\r\n"), (rows, lineEnd) => {
      const header = (rows[0] ?? []).map((_, index) => `c${index}`);
      const csv = [header, ...rows].map((row) => row.map(quoted).join(",")).join(lineEnd);
      expect(rowsOf(csv)).toEqual([header, ...rows]);
    }),
  );
});

test("any text is a feed or one fault that names a line", () => {
  const piece = fc.constantFrom("a", ",", '"', "\n", "\r\n", "\r", " ", "\0");
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join("")),
      (csv) => {
        const feed = parseFeed(csv);
        if (feed.kind === "faulty") expect(feed.reason).toMatch(/^line \d+: /);
        else for (const { values } of feed.rows) expect(values).toHaveLength(feed.columns.length);
      },
    ),
  );
});
