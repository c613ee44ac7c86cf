import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BodyMatch } from "../../requests/body-match.ts";
import { EventReader } from "./events.ts";

/** For each event, whether its data holds `needle`. */
function read(stream: Buffer, cuts: readonly number[], needle: string): boolean[] {
  const found: boolean[] = [];
  const reader = new EventReader(
    (matched) => void found.push(matched),
    new BodyMatch(Buffer.from(needle)),
  );
  const bounds = [0, ...[...new Set(cuts)].sort((a, b) => a - b), stream.length];
  for (let at = 1; at < bounds.length; at += 1) reader.feed(stream, bounds[at - 1]!, bounds[at]!);
  return found;
}

/** The data of every event, by the letter of the specification and all at once. */
function eventsOf(stream: Buffer): string[] {
  const text = stream.toString("utf8").replace(/^\ufeff/, "");
  const events: string[] = [];
  let data = "";
  const lines = text.split(/\r\n|\n|\r/);
  // What follows the last line end is no line yet.
  lines.pop();
  for (const line of lines) {
    if (line === "") {
      if (data !== "") events.push(data.slice(0, -1));
      data = "";
      continue;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data += `${value}\n`;
  }
  return events;
}

const cases: readonly [string, string, readonly string[]][] = [
  ["one line", "data: hello\n\n", ["hello"]],
  ["CR LF", "data: hello\r\n\r\n", ["hello"]],
  ["CR alone", "data: hello\r\r", ["hello"]],
  ["mixed line ends", "data: a\r\ndata: b\rdata: c\n\r\n", ["a\nb\nc"]],
  ["no blank after the colon, and two of them", "data:a\n\ndata:  b\n\n", ["a", " b"]],
  ["comments and other fields", ": hi\nid: 7\nevent: x\ndata: a\nretry: 1\n\n", ["a"]],
  ["an event without data is none", "event: x\nid: 1\n\n: beat\n\ndata: a\n\n", ["a"]],
  ["a field without a colon", "data\n\ndata\ndata\n\n", ["", "\n"]],
  ["names that only begin alike", "dat: a\ndatas: b\n data: c\nData: d\n\ndata: e\n\n", ["e"]],
  [
    "a byte order mark, which is one only at the beginning",
    "\ufeffdata: a\n\n\ufeffdata: b\n\n",
    ["a"],
  ],
  ["half a byte order mark", "\u00efdata: a\n\ndata: b\n\n", ["b"]],
  ["an event that is not over", "data: a\n\ndata: b\n", ["a"]],
  ["empty lines alone", "\n\n\r\n\r\r", []],
  ["data with colons and UTF-8", 'data: {"a": "grüße"}\n\n', ['{"a": "grüße"}']],
];

describe("an event stream split anywhere", () => {
  test.each(cases)("is read the same: %s", (_, text, events) => {
    const stream = Buffer.from(text);
    expect(eventsOf(stream)).toEqual(events);
    const needle = "b";
    const whole = events.map((data) => data.includes(needle));
    expect(read(stream, [], needle)).toEqual(whole);
    const everywhere = Array.from({ length: stream.length }, (__, at) => at);
    expect(read(stream, everywhere, needle)).toEqual(whole);
  });

  test("is read as the specification reads it at once", () => {
    const piece = fc.constantFrom(
      "data",
      "data:",
      "data: ",
      ":",
      " ",
      "\r",
      "\n",
      "\r\n",
      "a",
      "ab",
      "id: 1\n",
      "\ufeff",
      "\n\n",
      "data: ab\n\n",
    );
    const needles = fc.constantFrom("a", "ab", "a\nb", "\n", " ");
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 8 }),
        needles,
        (pieces, cuts, needle) => {
          const stream = Buffer.from(pieces.join(""));
          const within = cuts.filter((cut) => cut < stream.length);
          expect(read(stream, within, needle)).toEqual(
            eventsOf(stream).map((data) => data.includes(needle)),
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("finds a text that spans lines of data", () => {
    expect(read(Buffer.from("data: one\ndata: two\n\n"), [8, 9, 15], "one\ntwo")).toEqual([true]);
  });
});

test("never throws, whatever arrives", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      read(Buffer.from(bytes), [], "x");
    }),
  );
});

test("tells nothing more once it is halted", () => {
  let told = 0;
  const reader: EventReader = new EventReader(() => {
    told += 1;
    reader.halt();
  }, undefined);
  const stream = Buffer.from("data: a\n\ndata: b\n\n");
  reader.feed(stream, 0, stream.length);
  expect(told).toBe(1);
});
