// A client's frames: masked, as RFC 6455 5.3 wants it, with keys that nobody can foretell.
import { randomFillSync } from "node:crypto";

const poolBytes = 4_096;
const constantBytesMax = 1_048_576;
const constantFramesMax = 256;

const pool = Buffer.alloc(poolBytes);
let used = poolBytes;

/** One final frame of a message or a control frame. */
export function maskedFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(6 + extra + length);
  frame[0] = 0x80 | opcode;
  if (extra === 0) frame[1] = 0x80 | length;
  else if (extra === 2) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  const key = 2 + extra;
  takeKey(frame, key);
  const start = key + 4;
  for (let at = 0; at < length; at += 1)
    frame[start + at] = (payload[at] ?? 0) ^ (frame[key + (at & 3)] ?? 0);
  return frame;
}

/**
 * A message that is always the same, masked beforehand with many keys: masking a megabyte takes longer than sending it. One of
 * them by chance is each frame's, so that none foretells the next.
 */
export function constantFrames(opcode: number, payload: Uint8Array): () => Buffer {
  const fitting = Math.floor(constantBytesMax / (payload.length + 14));
  const count = Math.min(constantFramesMax, Math.max(4, fitting));
  const frames = Array.from({ length: count }, () => maskedFrame(opcode, payload));
  const [first = maskedFrame(opcode, payload)] = frames;
  return () => frames[Math.floor(Math.random() * count)] ?? first;
}

function takeKey(into: Buffer, at: number): void {
  if (used + 4 > poolBytes) {
    randomFillSync(pool);
    used = 0;
  }
  pool.copy(into, at, used, used + 4);
  used += 4;
}
