// An incremental parser of a server's WebSocket frames (RFC 6455 5) over bytes, wherever the reads split them. A message that
// arrives whole is read in place; one that does not is gathered, or only counted where nobody wants to see it.
import { engineLimits } from "../../limits.ts";

export const opcodes = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** Payload of a control frame at most (RFC 6455 5.5). */
export const controlBytesMax = 125;

/** Told while the bytes are read; what is told may halt the reader. `bytes[from … to)` hold until the call returns. */
export interface FrameEvents {
  /** A data message, all its fragments together. Empty when the reader does not keep messages. */
  message(opcode: number, bytes: Buffer, from: number, to: number): void;
  /** A ping, pong or close, which may stand between the fragments of a message. */
  control(opcode: number, bytes: Buffer, from: number, to: number): void;
}

const headBytesMax = 10;
/** A gathered message larger than this is let go of at once: ten thousand connections must not hold one each. */
const keptBytesMax = 16_384;
const nothing = Buffer.alloc(0);

export class FrameReader {
  readonly #events: FrameEvents;
  readonly #keeps: boolean;
  #halted = false;
  /** A head that a read cut off. */
  readonly #head = Buffer.alloc(headBytesMax);
  #headLength = 0;
  /** Of the frame being read; -1 between frames. */
  #remaining = -1;
  #opcode = 0;
  #final = false;
  /** Opcode of the message being read, 0 between messages, and its bytes so far. */
  #messageOpcode = 0;
  #messageBytes = 0;
  /** What was gathered of a message, and of a control frame. */
  #gathered: Buffer = nothing;
  #gatheredLength = 0;
  #control: Buffer = nothing;
  #controlLength = 0;

  /** `keeps`: whether messages are handed over; otherwise only that there was one. */
  constructor(events: FrameEvents, keeps: boolean) {
    this.#events = events;
    this.#keeps = keeps;
  }

  /** Nothing more is told. */
  halt(): void {
    this.#halted = true;
  }

  /** Reads `bytes[from … end)`. Says why these are no frames that a server may send; undefined while they are. */
  feed(bytes: Buffer, from: number, end: number): string | undefined {
    let at = from;
    while (!this.#halted) {
      if (this.#remaining < 0) {
        if (at >= end) return undefined;
        const size = this.#headLength === 0 ? headSize(bytes, at, end) : 0;
        if (size > 0) {
          const fault = this.#takeHead(bytes, at);
          if (fault !== undefined) return fault;
          at += size;
        } else {
          this.#head[this.#headLength] = bytes[at] ?? 0;
          this.#headLength += 1;
          at += 1;
          if (headSize(this.#head, 0, this.#headLength) === 0) continue;
          this.#headLength = 0;
          const fault = this.#takeHead(this.#head, 0);
          if (fault !== undefined) return fault;
        }
      }
      const taken = Math.min(end - at, this.#remaining);
      this.#remaining -= taken;
      if (this.#opcode >= opcodes.close) this.#takeControl(bytes, at, at + taken);
      else this.#takeData(bytes, at, at + taken);
      at += taken;
      if (this.#remaining > 0) return undefined;
      this.#remaining = -1;
    }
    return undefined;
  }

  #takeHead(bytes: Buffer, at: number): string | undefined {
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1] ?? 0;
    const opcode = first & 0x0f;
    const final = (first & 0x80) !== 0;
    if ((first & 0x70) !== 0) return "it used an extension that was not agreed on";
    if ((second & 0x80) !== 0) return "it masked a frame";
    const length = lengthOf(bytes, at);
    if (length < 0) return "it wrote a length in more bytes than it needs, or beyond what there is";
    if (opcode >= opcodes.close) {
      if (opcode > opcodes.pong) return `it used the reserved opcode ${opcode}`;
      if (!final || length > controlBytesMax)
        return "it sent a control frame in fragments or too long";
      this.#controlLength = 0;
    } else {
      if (opcode > opcodes.binary) return `it used the reserved opcode ${opcode}`;
      if ((opcode === opcodes.continuation) !== (this.#messageOpcode !== 0))
        return "it mixed up the fragments of its messages";
      if (opcode !== opcodes.continuation) {
        this.#messageOpcode = opcode;
        this.#messageBytes = 0;
        this.#gatheredLength = 0;
      }
      this.#messageBytes += length;
      if (this.#messageBytes > engineLimits.messageBytesMax)
        return `it sent a message of more than ${engineLimits.messageBytesMax} bytes`;
    }
    this.#opcode = opcode;
    this.#final = final;
    this.#remaining = length;
    return undefined;
  }

  #takeControl(bytes: Buffer, from: number, to: number): void {
    const isWhole = this.#remaining === 0;
    if (isWhole && this.#controlLength === 0) {
      this.#events.control(this.#opcode, bytes, from, to);
      return;
    }
    if (this.#control.length === 0) this.#control = Buffer.alloc(controlBytesMax);
    this.#controlLength += bytes.copy(this.#control, this.#controlLength, from, to);
    if (isWhole) this.#events.control(this.#opcode, this.#control, 0, this.#controlLength);
  }

  #takeData(bytes: Buffer, from: number, to: number): void {
    const isWhole = this.#remaining === 0 && this.#final;
    const opcode = this.#messageOpcode;
    if (isWhole) this.#messageOpcode = 0;
    if (!this.#keeps) {
      if (isWhole) this.#events.message(opcode, nothing, 0, 0);
      return;
    }
    if (isWhole && this.#gatheredLength === 0) {
      this.#events.message(opcode, bytes, from, to);
      return;
    }
    this.#gather(bytes, from, to);
    if (!isWhole) return;
    const gathered = this.#gathered;
    if (gathered.length > keptBytesMax) this.#gathered = nothing;
    this.#events.message(opcode, gathered, 0, this.#gatheredLength);
  }

  #gather(bytes: Buffer, from: number, to: number): void {
    const length = this.#gatheredLength + (to - from);
    if (this.#gathered.length < length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(512, 2 * length));
      this.#gathered.copy(grown, 0, 0, this.#gatheredLength);
      this.#gathered = grown;
    }
    this.#gatheredLength += bytes.copy(this.#gathered, this.#gatheredLength, from, to);
  }
}

/** Bytes of the head at `at`, without a mask; 0 while it is not there whole. */
function headSize(bytes: Buffer, at: number, end: number): number {
  if (end - at < 2) return 0;
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  const size = short < 126 ? 2 : short === 126 ? 4 : headBytesMax;
  return end - at < size ? 0 : size;
}

/** Length of the payload; -1 when it is not written in as few bytes as it can be, or past 2^53. */
function lengthOf(bytes: Buffer, at: number): number {
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  if (short < 126) return short;
  if (short === 126) {
    const length = bytes.readUInt16BE(at + 2);
    return length < 126 ? -1 : length;
  }
  const upper = bytes.readUInt32BE(at + 2);
  const length = upper * 2 ** 32 + bytes.readUInt32BE(at + 6);
  return length < 65_536 || upper >= 2 ** 21 ? -1 : length;
}
