import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { engineLimits } from "../../limits.ts";
import { FrameReader } from "./frames.ts";
import { constantFrames, maskedFrame } from "./masked.ts";

interface Told {
  readonly kind: "message" | "control";
  readonly opcode: number;
  readonly text: string;
}

/** What came of feeding `bytes` in the pieces that `cuts` make of them. */
function read(bytes: Buffer, cuts: readonly number[], keeps = true) {
  const told: Told[] = [];
  const tell = (kind: Told["kind"]) => (opcode: number, from: Buffer, start: number, end: number) =>
    void told.push({ kind, opcode, text: from.toString("latin1", start, end) });
  const reader = new FrameReader({ message: tell("message"), control: tell("control") }, keeps);
  // As in a run: every read lands in the same buffer.
  const shared = Buffer.alloc(engineLimits.readBufferBytes);
  const bounds = [0, ...[...new Set(cuts)].sort((a, b) => a - b), bytes.length];
  for (let at = 1; at < bounds.length; at += 1) {
    const length = bytes.copy(shared, 0, bounds[at - 1], bounds[at]);
    const fault = reader.feed(shared, 0, length);
    shared.fill(0xee);
    if (fault !== undefined) return { told, fault };
  }
  return { told, fault: undefined };
}

/** A server's frame, whatever it holds. */
function frame(first: number, payload: string | Buffer, sizeBytes?: 0 | 2 | 8): Buffer {
  const bytes = Buffer.from(payload as string, "latin1");
  const size = sizeBytes ?? (bytes.length < 126 ? 0 : bytes.length < 65_536 ? 2 : 8);
  const head = Buffer.alloc(2 + size);
  head[0] = first;
  head[1] = size === 0 ? bytes.length : size === 2 ? 126 : 127;
  if (size === 2) head.writeUInt16BE(bytes.length, 2);
  if (size === 8) head.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([head, bytes]);
}

const conversation = Buffer.concat([
  frame(0x81, "hello"),
  frame(0x89, "are you there"),
  frame(0x01, "one "),
  frame(0x8a, ""),
  frame(0x00, ""),
  frame(0x89, "x".repeat(125)),
  frame(0x00, "two "),
  frame(0x80, "three"),
  frame(0x82, "y".repeat(126)),
  frame(0x81, ""),
  frame(0x82, "z".repeat(70_000)),
  frame(0x88, "\u0003\u00e8bye"),
]);
const heard: readonly Told[] = [
  { kind: "message", opcode: 1, text: "hello" },
  { kind: "control", opcode: 9, text: "are you there" },
  { kind: "control", opcode: 10, text: "" },
  { kind: "control", opcode: 9, text: "x".repeat(125) },
  { kind: "message", opcode: 1, text: "one two three" },
  { kind: "message", opcode: 2, text: "y".repeat(126) },
  { kind: "message", opcode: 1, text: "" },
  { kind: "message", opcode: 2, text: "z".repeat(70_000) },
  { kind: "control", opcode: 8, text: "\u0003\u00e8bye" },
];

describe("frames split anywhere", () => {
  // Reads are never larger than the buffer.
  const halves = [40_000, 60_000];

  test("are heard the same", () => {
    const cut = fc.oneof(
      fc.integer({ min: 1, max: 450 }),
      fc.integer({ min: 1, max: conversation.length - 1 }),
    );
    fc.assert(
      fc.property(fc.array(cut, { maxLength: 12 }), (cuts) => {
        expect(read(conversation, [...cuts, ...halves])).toEqual({ told: heard, fault: undefined });
      }),
    );
  });

  test("are heard the same byte by byte", () => {
    const bytes = conversation.subarray(0, 400);
    const cuts = Array.from({ length: bytes.length - 1 }, (_, at) => at + 1);
    expect(read(bytes, cuts)).toEqual(read(bytes, []));
  });

  test("are counted the same when nobody wants to see the messages", () => {
    const unseen = heard.map((one) => (one.kind === "message" ? { ...one, text: "" } : one));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 })), (cuts) => {
        expect(read(conversation, [...cuts, ...halves], false).told).toEqual(unseen);
      }),
    );
  });
});

test.each<[string, Buffer, string]>([
  ["a masked frame", Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5]), "masked"],
  ["a reserved bit", frame(0xc1, "x"), "extension"],
  ["a reserved opcode", frame(0x83, "x"), "opcode 3"],
  ["a reserved control opcode", frame(0x8b, "x"), "opcode 11"],
  ["a control frame in fragments", frame(0x09, "x"), "control frame"],
  ["a control frame that is too long", frame(0x89, "x".repeat(126)), "control frame"],
  ["a continuation of nothing", frame(0x80, "x"), "fragments"],
  ["a message within a message", Buffer.concat([frame(0x01, "a"), frame(0x81, "b")]), "fragments"],
  ["a length of 2 bytes that fits into none", frame(0x81, "x", 2), "length"],
  ["a length of 8 bytes that fits into 2", frame(0x81, "x".repeat(200), 8), "length"],
  ["a length past all numbers", Buffer.from("827fffffffffffffffff", "hex"), "length"],
  [
    "a message past the bound",
    Buffer.from("827f0000000001000001", "hex"),
    `more than ${engineLimits.messageBytesMax}`,
  ],
])("says why it refuses %s", (_, bytes, reason) => {
  expect(read(bytes, []).fault).toContain(reason);
  expect(read(bytes, [1]).fault).toContain(reason);
});

test("bounds the fragments of a message together", () => {
  const half = Buffer.from("017f0000000000800001", "hex");
  const reader = new FrameReader({ message: () => undefined, control: () => undefined }, false);
  expect(reader.feed(half, 0, half.length)).toBeUndefined();
  const body = Buffer.alloc(engineLimits.readBufferBytes);
  for (let left = 0x800001; left > 0; left -= body.length)
    expect(reader.feed(body, 0, Math.min(left, body.length))).toBeUndefined();
  const rest = Buffer.from("807f0000000000800001", "hex");
  expect(reader.feed(rest, 0, rest.length)).toContain("more than");
});

test("tells nothing more once it is halted, even in the midst of a read", () => {
  const bytes = Buffer.concat([frame(0x81, "a"), frame(0x81, "b"), frame(0x83, "")]);
  const told: string[] = [];
  const reader: FrameReader = new FrameReader(
    {
      message(_, from, start, end) {
        told.push(from.toString("latin1", start, end));
        reader.halt();
      },
      control: () => undefined,
    },
    true,
  );
  expect(reader.feed(bytes, 0, bytes.length)).toBeUndefined();
  expect(told).toEqual(["a"]);
});

test("never throws and agrees with itself, whatever arrives however split", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc
      .record({ first: fc.integer({ min: 0, max: 255 }), length: fc.integer({ min: 0, max: 300 }) })
      .map(({ first, length }) => frame(first, "p".repeat(length))),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.integer({ min: 1, max: 900 })), (pieces, cuts) => {
      const bytes = Buffer.concat(pieces);
      const within = cuts.filter((cut) => cut < bytes.length);
      expect(read(bytes, within)).toEqual(read(bytes, []));
    }),
  );
});

describe("a client's frame", () => {
  const unmask = (bytes: Buffer) => {
    const size = bytes[1]! & 0x7f;
    const key = size < 126 ? 2 : size === 126 ? 4 : 10;
    return bytes.subarray(key + 4).map((byte, at) => byte ^ bytes[key + (at & 3)]!);
  };

  test("is masked, and holds what was put into it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000, size: "max" }), (payload) => {
        const masked = maskedFrame(0x1, payload);
        expect(masked[0]).toBe(0x81);
        expect(masked[1]! & 0x80).toBe(0x80);
        expect(Buffer.compare(unmask(masked), payload)).toBe(0);
      }),
      { numRuns: 30 },
    );
    for (const length of [0, 125, 126, 65_535, 65_536])
      expect(unmask(maskedFrame(0x2, Buffer.alloc(length, 7)))).toEqual(Buffer.alloc(length, 7));
  });

  test("has a key of its own, even where the message never changes", () => {
    const next = constantFrames(0x1, Buffer.from("same"));
    const frames = Array.from({ length: 64 }, () => next());
    expect(new Set(frames.map((one) => one.toString("hex", 2, 6))).size).toBeGreaterThan(16);
    for (const one of frames) expect(unmask(one).toString()).toBe("same");
  });
});
