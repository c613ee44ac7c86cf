import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeadMemo } from "./head-memo.ts";
import { ResponseParser, progress } from "./response.ts";

/** What came of feeding `text` in the pieces that `cuts` make of it. */
function read(parser: ResponseParser, text: string, cuts: readonly number[]) {
  const bytes = Buffer.from(text, "latin1");
  const bounds = [0, ...[...new Set(cuts)].sort((a, b) => a - b), bytes.length];
  for (let at = 1; at < bounds.length; at += 1) {
    const piece = bytes.subarray(bounds[at - 1], bounds[at]);
    if (piece.length === 0) continue;
    const result = parser.feed(piece, piece.length);
    if (result !== progress.more)
      return {
        result,
        status: parser.status,
        reusable: parser.reusable,
        surplus: piece.length - parser.consumed,
      };
  }
  return { result: progress.more, status: parser.status, reusable: parser.reusable, surplus: 0 };
}

const fixed = "HTTP/1.1 200 OK\r\nServer: x\r\ncOnTeNt-LeNgTh:\t 11 \r\n\r\nhello world";
const chunked =
  'HTTP/1.1 201 Created\r\nConnection: keep-alive\r\nTransfer-Encoding: gzip, chunked\r\n\r\nA;q="1"\r\n0123456789\r\n00b\r\nabcdefghijk\r\n0\r\nTrailer: 1\r\n\r\n';
const interim = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${fixed}`;
const bareLf = "HTTP/1.1 200 OK\nContent-Length: 2\n\nok";

describe("a response split anywhere", () => {
  test.each([
    ["fixed length", fixed, 200],
    ["chunked", chunked, 201],
    ["after an interim response", interim, 200],
    ["bare line feeds", bareLf, 200],
  ])("reads the same: %s", (_, text, status) => {
    const cut = fc.integer({ min: 1, max: text.length - 1 });
    fc.assert(
      fc.property(fc.array(cut, { maxLength: 8 }), (cuts) => {
        const whole = { result: progress.complete, status, reusable: true, surplus: 0 };
        expect(read(new ResponseParser(false), text, cuts)).toEqual(whole);
      }),
    );
  });

  test.each([fixed, chunked, interim])("reads the same byte by byte, again and again", (text) => {
    const parser = new ResponseParser(false);
    const cuts = Array.from({ length: text.length }, (_, at) => at);
    for (let round = 0; round < 3; round += 1)
      expect(read(parser, text, cuts).result).toBe(progress.complete);
  });

  test("reads any mix of responses the same with a remembered head as without", () => {
    const texts = [fixed, chunked, interim, bareLf, fixed.replace("200 OK", "503 No")] as const;
    const step = fc.record({
      text: fc.constantFrom(...texts),
      cuts: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const remembering = new ResponseParser(false, { memo: new HeadMemo() });
        for (const { text, cuts } of steps)
          expect(read(remembering, text, cuts)).toEqual(
            read(new ResponseParser(false), text, cuts),
          );
      }),
    );
  });
});

test("reads a body without a length up to the end of the connection", () => {
  const parser = new ResponseParser(false);
  expect(read(parser, "HTTP/1.1 200 OK\r\n\r\nwhatever", [3]).result).toBe(progress.more);
  expect(parser.finish()).toBe(progress.complete);
  expect(parser.reusable).toBe(false);
});

test("does not take the end of the connection for the end of an unfinished response", () => {
  const parser = new ResponseParser(false);
  read(parser, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", []);
  expect(parser.finish()).toBe(progress.malformed);
});

const reuse: readonly [string, string, boolean][] = [
  ["HTTP/1.1 alone", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true],
  [
    "HTTP/1.1 with close among others",
    "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n",
    false,
  ],
  ["HTTP/1.0 alone", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false],
  [
    "HTTP/1.0 with keep-alive",
    "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n",
    true,
  ],
  [
    "a length beside a coding",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    false,
  ],
  [
    "a header that only begins like Connection",
    "HTTP/1.1 200 OK\r\nConnections: close\r\nContent-Length: 0\r\n\r\n",
    true,
  ],
];
test.each(reuse)("knows whether the connection can be used again: %s", (_, text, reusable) => {
  expect(read(new ResponseParser(false), text, [])).toMatchObject({
    result: progress.complete,
    reusable,
  });
});

test.each([
  "HTTP/2 200\r\n\r\n",
  "HTTP/1.2 200 OK\r\n\r\n",
  "HTTP/1.1 20 OK\r\n\r\n",
  "HTTP/1.1 099 no\r\n\r\n",
  "HTTP/1.1 2000 no\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\n\r\n",
  "\r\n\r\n",
  "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
  "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
  "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 x\r\na\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n",
])("refuses %j", (text) => {
  expect(read(new ResponseParser(false), text, []).result).toBe(progress.malformed);
});

test("never throws and never reads past what it was given, whatever arrives", () => {
  const soup = fc.array(
    fc.constantFrom(
      "HTTP/1.1 200 OK\r\n",
      "Content-Length: 3\r\n",
      "\r\n",
      "abc",
      "0\r\n",
      "5;\r\n",
      "\u0000",
      ":",
      "\n",
      "HTTP/1.1 100 C\r\n",
      "Transfer-Encoding: chunked\r\n",
    ),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(
      soup,
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }),
      (parts, cuts) => {
        const { surplus } = read(new ResponseParser(false), parts.join(""), cuts);
        expect(surplus).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});

test("remembers a head the same in the shared read buffer, whatever its length", () => {
  const buffer = Buffer.allocUnsafeSlow(4_096);
  const letters = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(letters, (lengths) => {
      const remembering = new ResponseParser(false, { memo: new HeadMemo(buffer) });
      for (const length of lengths) {
        const text = `HTTP/1.1 20${length} OK\r\nX: ${"y".repeat(length)}\r\nContent-Length: ${length}\r\n\r\n`;
        const end = buffer.write(text + "z".repeat(length), "latin1");
        for (let round = 0; round < 2; round += 1) {
          const before = remembering.feed(buffer, end);
          // 204 has no body whatever it announces: its surplus is not read.
          expect(before).toBe(progress.complete);
          expect(remembering.status).toBe(200 + length);
          expect(remembering.consumed).toBe(length === 4 ? text.length : end);
        }
      }
    }),
  );
});
