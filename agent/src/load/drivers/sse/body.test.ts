import fc from "fast-check";
import { expect, test } from "vitest";
import { HeadReader } from "../../streams/head.ts";
import { openBody } from "./body.ts";

/** The content, and how reading ended, of a whole response in pieces. */
function read(response: string, cuts: readonly number[]) {
  const bytes = Buffer.from(response, "latin1");
  const head = new HeadReader();
  let body: ReturnType<typeof openBody>;
  let content = "";
  const bounds = [0, ...[...new Set(cuts)].sort((a, b) => a - b), bytes.length];
  for (let at = 1; at < bounds.length; at += 1) {
    // Each read lands in a buffer that the next one overwrites.
    const piece = Buffer.from(bytes.subarray(bounds[at - 1], bounds[at]));
    let from = 0;
    if (body === undefined) {
      const progress = head.feed(piece, 0, piece.length);
      if (progress.kind === "faulty") return { content, end: "faulty" };
      if (progress.kind === "more") continue;
      from = progress.end;
      body = openBody(progress.head);
      if (body === undefined) return { content, end: "no body" };
    }
    const progress = body.feed(piece, from, piece.length, (part, start, end) => {
      content += part.toString("latin1", start, end);
    });
    piece.fill(0xee);
    if (progress !== "more") return { content, end: progress };
  }
  return { content, end: "more" };
}

const chunks =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n5;x=1\r\nhello\r\n00a\r\n0123456789\r\n0\r\nT: 1\r\n\r\n";
const responses: readonly [string, string, string, string][] = [
  ["chunked", chunks, "hello0123456789", "complete"],
  ["chunked with bare line feeds", chunks.replaceAll("\r\n", "\n"), "hello0123456789", "complete"],
  ["of a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello+++", "hello", "complete"],
  ["up to the end", "HTTP/1.0 200 OK\r\nX: y\r\n\r\nhello", "hello", "more"],
  [
    "after an interim response",
    `HTTP/1.1 103 Early\r\nA: b\r\n\r\n${chunks}`,
    "hello0123456789",
    "complete",
  ],
  ["a chunk without a size", chunks.replace("5;x=1", "z"), "", "malformed"],
  ["a chunk that is longer than its size", chunks.replace("5;x=1", "4"), "hell", "malformed"],
  [
    "two lengths",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "",
    "no body",
  ],
  ["no HTTP", "SSH-2.0-x\r\n\r\n", "", "faulty"],
  ["another version", "HTTP/2 200\r\n\r\n", "", "faulty"],
  ["a header without a colon", "HTTP/1.1 200 OK\r\nno\r\n\r\n", "", "faulty"],
];

test.each(responses)("reads a body split anywhere: %s", (_, response, content, end) => {
  expect(read(response, [])).toEqual({ content, end });
  const everywhere = Array.from({ length: response.length - 1 }, (__, at) => at + 1);
  expect(read(response, everywhere)).toEqual({ content, end });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: response.length - 1 })), (cuts) => {
      expect(read(response, cuts)).toEqual({ content, end });
    }),
  );
});

test("never throws, whatever arrives", () => {
  const soup = fc.constantFrom(
    "HTTP/1.1 200 OK",
    "\r\n",
    "\n",
    "Transfer-Encoding: chunked",
    "5",
    "\r\n\r\n",
    "0",
    "abc",
    ":",
    "Content-Length: 3",
  );
  fc.assert(
    fc.property(fc.array(soup), fc.array(fc.integer({ min: 1, max: 100 })), (parts, cuts) => {
      const text = parts.join("");
      const within = cuts.filter((cut) => cut < text.length);
      expect(read(text, within)).toEqual(read(text, []));
    }),
  );
});
