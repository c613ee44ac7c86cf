import { expect, test } from "vitest";
import { deflate, inflate } from "../test/zlib.ts";
import { ByteWriter, MalformedBytes } from "./bytes.ts";
import { frameKinds, readFrame, writeFrame } from "./frame.ts";
import { wireLimits } from "./limits.ts";

const body = new TextEncoder().encode("the same words again, the same words again, the same words");

/** A frame header as an attacker would write it. */
function header(length: number, flags = 0, version = 1, kind: number = frameKinds.batch) {
  const writer = new ByteWriter();
  writer.raw(Uint8Array.of(0x54, kind, version, flags));
  writer.varint(length);
  return writer.bytes();
}

test("a frame holds its body, smaller where deflate helps", () => {
  const plain = writeFrame("batch", body);
  const packed = writeFrame("batch", body, deflate);
  expect(packed.length).toBeLessThan(plain.length);
  for (const frame of [plain, packed])
    expect(Uint8Array.from(readFrame("batch", frame, inflate))).toEqual(body);
});

test("a body that deflate would grow is written as it is", () => {
  const noise = Uint8Array.of(3, 141, 59, 26, 53, 58, 97, 93);
  expect(writeFrame("series", noise, deflate)).toEqual(writeFrame("series", noise));
});

test.each([
  ["is empty", Uint8Array.of(), "truncated"],
  ["does not begin with T", Uint8Array.of(0x7b, 0x42, 1, 0, 0), "not a Tidemark frame"],
  ["is of another kind", header(0, 0, 1, frameKinds.series), "expected a batch frame"],
  ["is of a later version", header(0, 0, 2), "version 2"],
  ["has an unknown flag", header(0, 2), "unknown frame flags 2"],
  ["announces a body past the limit", header(wireLimits.bodyBytesMax + 1), "more than"],
  ["announces 2^53 bytes", header(Number.MAX_SAFE_INTEGER), "more than"],
  ["holds less than it announces", header(5), "a body of 0 bytes where 5 were announced"],
  ["holds no deflate stream", Uint8Array.of(...header(9, 1), 0xff, 0xff), "does not inflate"],
  [
    "is larger than a message may be",
    new Uint8Array(wireLimits.messageBytesMax + 1),
    "1048577 bytes, more than",
  ],
])("a frame that %s is refused with the reason", (_, bytes, reason) => {
  expect(() => readFrame("batch", bytes, inflate)).toThrow(MalformedBytes);
  expect(() => readFrame("batch", bytes, inflate)).toThrow(reason);
});

test("a decompression bomb is cut off at what it announced", () => {
  const bomb = deflate(new Uint8Array(64 * 1_048_576));
  expect(bomb.length).toBeLessThan(wireLimits.messageBytesMax);
  const frame = Buffer.concat([header(1_000, 1), bomb]);
  expect(() => readFrame("batch", frame, inflate)).toThrow("does not inflate to its announced");
});
