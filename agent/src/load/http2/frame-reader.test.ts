import fc from "fast-check";
import { expect, test } from "vitest";
import { type FrameEvents, FrameReader } from "./frame-reader.ts";
import { type ErrorCode, errorCodes, flags, frame, frameTypes } from "./frames.ts";

/** Tells what was read, the pieces of one DATA frame joined. */
class Log implements FrameEvents {
  readonly lines: string[] = [];
  #data = "";

  headers(stream: number, endsStream: boolean, bytes: Uint8Array, from: number, end: number) {
    this.lines.push(`headers ${stream} ${endsStream} ${hex(bytes, from, end)}`);
    return errorCodes.noError;
  }

  dataBegan(stream: number, length: number) {
    this.lines.push(`data ${stream} ${length}`);
    this.#data = "";
    return errorCodes.noError;
  }

  data(bytes: Uint8Array, from: number, end: number) {
    this.#data += hex(bytes, from, end);
  }

  dataEnded(endsStream: boolean) {
    this.lines.push(`ended ${endsStream} ${this.#data}`);
    return errorCodes.noError;
  }

  control(
    type: number,
    flag: number,
    stream: number,
    bytes: Uint8Array,
    from: number,
    length: number,
  ) {
    this.lines.push(`control ${type} ${flag} ${stream} ${hex(bytes, from, from + length)}`);
    return errorCodes.noError;
  }
}

const hex = (bytes: Uint8Array, from: number, end: number) =>
  Buffer.from(bytes.subarray(from, end)).toString("hex");

/** Feeds in pieces of these sizes, each from the beginning of one buffer, as a socket's reads are. */
function read(bytes: Buffer, sizes: readonly number[]): { lines: string[]; error: ErrorCode } {
  const log = new Log();
  const reader = new FrameReader(log);
  const shared = Buffer.alloc(70_000);
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = Math.min(sizes[index % sizes.length]!, bytes.length - at);
    bytes.copy(shared, 0, at, at + size);
    const error = reader.feed(shared, size);
    if (error !== errorCodes.noError) return { lines: log.lines, error };
    at += size;
  }
  return { lines: log.lines, error: errorCodes.noError };
}

const all = flags.endHeaders | flags.endStream;
const stream = Buffer.concat([
  frame(frameTypes.settings, 0, 0),
  frame(frameTypes.headers, flags.endHeaders, 1, Buffer.from("aabb", "hex")),
  frame(frameTypes.data, 0, 1, Buffer.alloc(300, 7)),
  frame(frameTypes.data, flags.endStream, 1),
  // Padded: the number, the data, the padding.
  frame(frameTypes.data, flags.padded, 3, Buffer.from("03ccdd000000", "hex")),
  frame(frameTypes.data, flags.padded | flags.endStream, 3, Buffer.from("020000", "hex")),
  // Padding and priority around the block.
  frame(
    frameTypes.headers,
    all | flags.padded | flags.priority,
    5,
    Buffer.from("010000000010eeff00", "hex"),
  ),
  frame(frameTypes.headers, flags.endStream, 7, Buffer.from("01", "hex")),
  frame(frameTypes.continuation, 0, 7),
  frame(frameTypes.continuation, flags.endHeaders, 7, Buffer.from("02", "hex")),
  frame(frameTypes.ping, 0, 0, Buffer.alloc(8, 1)),
  frame(99, 0, 9, Buffer.alloc(20)),
]);
const wanted = [
  "control 4 0 0 ",
  "headers 1 false aabb",
  "data 1 300",
  `ended false ${"07".repeat(300)}`,
  "data 1 0",
  "ended true ",
  "data 3 6",
  "ended false ccdd",
  "data 3 3",
  "ended true ",
  "headers 5 true eeff",
  "headers 7 true 0102",
  "control 6 0 0 0101010101010101",
  `control 99 0 9 ${"00".repeat(20)}`,
];

test("reads the same frames however they are cut", () => {
  expect(read(stream, [stream.length])).toEqual({ lines: wanted, error: errorCodes.noError });
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
      (sizes) => {
        expect(read(stream, sizes).lines).toEqual(wanted);
      },
    ),
  );
});

test("any bytes are read or refused", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 500 }),
      fc.integer({ min: 1, max: 50 }),
      (bytes, size) => {
        read(Buffer.from(bytes), [size]);
      },
    ),
  );
});

const block = (flag: number) => frame(frameTypes.headers, flag, 1, Buffer.from([0x88]));
test.each([
  ["a frame longer than we allow", frame(frameTypes.ping, 0, 0, Buffer.alloc(16_385)), 6],
  [
    "padding longer than its frame",
    frame(frameTypes.data, flags.padded, 1, Buffer.from([9, 1])),
    1,
  ],
  ["padding without its length", frame(frameTypes.data, flags.padded, 1), 6],
  [
    "padded headers that are all padding",
    frame(frameTypes.headers, all | flags.padded, 1, Buffer.from([9, 1])),
    1,
  ],
  ["headers of stream 0", frame(frameTypes.headers, all, 0, Buffer.from([0x88])), 1],
  [
    "a frame amid a header block",
    Buffer.concat([block(0), frame(frameTypes.ping, 0, 0, Buffer.alloc(8))]),
    1,
  ],
  ["data amid a header block", Buffer.concat([block(0), frame(frameTypes.data, 0, 1)]), 1],
  ["headers amid a header block", Buffer.concat([block(0), block(all)]), 1],
  [
    "a continuation of another stream",
    Buffer.concat([block(0), frame(frameTypes.continuation, 4, 3)]),
    1,
  ],
  ["a continuation of nothing", frame(frameTypes.continuation, flags.endHeaders, 1), 1],
  [
    "a flood of empty continuations",
    Buffer.concat([
      block(0),
      ...Array.from({ length: 10_000 }, () => frame(frameTypes.continuation, 0, 1)),
    ]),
    11,
  ],
  [
    "continuations without an end",
    Buffer.concat([
      block(0),
      ...Array.from({ length: 5 }, () =>
        frame(frameTypes.continuation, 0, 1, Buffer.alloc(16_000)),
      ),
    ]),
    11,
  ],
])("refuses %s", (_, bytes, error) => {
  expect(read(bytes, [60_000]).error).toBe(error);
  expect(read(bytes, [7]).error).toBe(error);
});
