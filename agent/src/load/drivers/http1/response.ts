// An incremental HTTP/1.1 response parser over bytes (RFC 9112): finds the status and the end of a response, wherever the
// reads split it. A line that arrives whole is read in place; one that does not is held in a side buffer.
import { engineLimits } from "../../limits.ts";
import { type HeadFacts, HeadMemo } from "./head-memo.ts";
import { HeldLine } from "./held-line.ts";
import {
  colon,
  cr,
  decimal,
  equalsLowered,
  hasToken,
  hexDigit,
  isBlank,
  lf,
  matches,
  semicolon,
  space,
  tab,
} from "./tokens.ts";

/** What a read brought: nothing final, the end of the response, or proof that this is not HTTP/1.x. */
export const progress = { more: 0, complete: 1, malformed: 2 } as const;
export type Progress = (typeof progress)[keyof typeof progress];

const phases = {
  statusLine: 0,
  header: 1,
  chunkSize: 2,
  chunkEnd: 3,
  trailer: 4,
  fixedBody: 5,
  chunkBody: 6,
  untilClose: 7,
} as const;
type Phase = (typeof phases)[keyof typeof phases];

const versionPrefix = Buffer.from("HTTP/1.");
const contentLength = Buffer.from("content-length");
const transferEncoding = Buffer.from("transfer-encoding");
const connection = Buffer.from("connection");
const locationName = Buffer.from("location");
const chunkedCoding = Buffer.from("chunked");
const closeOption = Buffer.from("close");
const keepAliveOption = Buffer.from("keep-alive");
const digitZero = 48;
/** What a header of interest begins with, in lower case: connection, content-length, transfer-encoding, location. */
const initials = { c: 0x63, t: 0x74, l: 0x6c } as const;
const utf8 = new TextDecoder();
const longestDecimal = 15;
const longestHex = 12;

/** Is shown a response's body as it arrives, without its framing: `bytes[from … to)`. */
export interface BodySink {
  feed(bytes: Uint8Array, from: number, to: number): void;
}

/** What a reader wants besides the status and the end. */
export interface ParserOptions {
  /** Shared by the connections of a run. */
  readonly memo?: HeadMemo;
  readonly body?: BodySink | undefined;
  /** Whether `location` is read. */
  readonly locations?: boolean;
}

export class ResponseParser implements HeadFacts {
  /** Of the response read last or being read. */
  status = 0;
  /** Whether the connection may carry another request after this response. */
  reusable = true;
  /** Bytes of the body or chunk to come, or -1 when no length was announced. */
  remaining = -1;
  chunked = false;
  encoded = false;
  location = "";
  /** The response carries no body whatever it announces: it answers HEAD. Set between responses. */
  headOnly: boolean;
  /** How far into the last read the response reached; what lies past it was never asked for. */
  consumed = 0;
  readonly #memo: HeadMemo;
  readonly #body: BodySink | undefined;
  readonly #locations: boolean;
  #phase: Phase = phases.statusLine;
  #headBytes = 0;
  readonly #held = new HeldLine();

  constructor(headOnly: boolean, options: ParserOptions = {}) {
    this.headOnly = headOnly;
    this.#memo = options.memo ?? new HeadMemo();
    this.#body = options.body;
    this.#locations = options.locations ?? false;
  }

  /** Reads `bytes[0 … end)`. */
  feed(bytes: Buffer, end: number): Progress {
    let at = 0;
    const fromStart = this.#headBytes === 0 && this.#phase === phases.statusLine;
    if (fromStart && this.#memo.begins(bytes, end)) {
      at = this.#recall();
      if (this.#endOfHead() === progress.complete) return this.#complete(at);
    }
    for (;;) {
      switch (this.#phase) {
        case phases.fixedBody:
        case phases.chunkBody: {
          const taken = Math.min(end - at, this.remaining);
          if (this.#body !== undefined) this.#body.feed(bytes, at, at + taken);
          at += taken;
          this.remaining -= taken;
          if (this.remaining > 0) return progress.more;
          if (this.#phase === phases.fixedBody) return this.#complete(at);
          this.#phase = phases.chunkEnd;
          break;
        }
        case phases.untilClose:
          if (this.#body !== undefined) this.#body.feed(bytes, at, end);
          return progress.more;
        default: {
          let stop = at;
          while (stop < end && bytes[stop] !== lf) stop += 1;
          this.#headBytes += stop - at + 1;
          if (this.#headBytes > engineLimits.responseHeadBytesMax) return progress.malformed;
          if (stop === end) {
            this.#held.add(bytes, at, end);
            return progress.more;
          }
          const lineOf = this.#phase;
          const taken =
            this.#held.length > 0 ? this.#takeHeld(bytes, at, stop) : this.#take(bytes, at, stop);
          at = stop + 1;
          if (fromStart && lineOf === phases.header && this.#phase !== phases.header)
            this.#memo.remember(bytes, at, this);
          if (taken !== progress.more) {
            return taken === progress.complete ? this.#complete(at) : taken;
          }
        }
      }
    }
  }

  /** The peer sent its end: completes a body delimited by it. */
  finish(): Progress {
    if (this.#phase !== phases.untilClose) return progress.malformed;
    return this.#complete(0);
  }

  #recall(): number {
    const { facts, length } = this.#memo;
    this.status = facts.status;
    this.reusable = facts.reusable;
    this.remaining = facts.remaining;
    this.chunked = facts.chunked;
    this.encoded = facts.encoded;
    this.location = facts.location;
    this.#headBytes = length;
    return length;
  }

  #complete(at: number): Progress {
    this.consumed = at;
    this.#phase = phases.statusLine;
    this.#headBytes = 0;
    return progress.complete;
  }

  #takeHeld(bytes: Uint8Array, from: number, to: number): Progress {
    const held = this.#held;
    held.add(bytes, from, to);
    const { length } = held;
    held.length = 0;
    return this.#take(held.bytes, 0, length);
  }

  /** One line without its LF. */
  #take(bytes: Uint8Array, from: number, to: number): Progress {
    const end = to > from && bytes[to - 1] === cr ? to - 1 : to;
    switch (this.#phase) {
      case phases.statusLine:
        return this.#takeStatus(bytes, from, end);
      case phases.header:
        if (end !== from) return this.#takeHeader(bytes, from, end);
        return this.#endOfHead();
      case phases.chunkSize:
        return this.#takeChunkSize(bytes, from, end);
      case phases.chunkEnd:
        this.#phase = phases.chunkSize;
        return end === from ? progress.more : progress.malformed;
      default:
        return end === from ? progress.complete : progress.more;
    }
  }

  #takeStatus(bytes: Uint8Array, from: number, end: number): Progress {
    if (end - from < 12 || !matches(bytes, from, versionPrefix)) return progress.malformed;
    const minor = (bytes[from + 7] ?? 0) - digitZero;
    const status = decimal(bytes, from + 9, from + 12);
    if ((minor !== 0 && minor !== 1) || bytes[from + 8] !== space) return progress.malformed;
    if (status < 100 || (end > from + 12 && bytes[from + 12] !== space)) return progress.malformed;
    this.status = status;
    this.reusable = minor === 1;
    this.remaining = -1;
    this.chunked = false;
    this.encoded = false;
    this.location = "";
    this.#phase = phases.header;
    return progress.more;
  }

  #takeHeader(bytes: Uint8Array, from: number, end: number): Progress {
    const first = bytes[from] ?? 0;
    // An obsolete folded line continues a value; none of those we read is ever folded.
    if (first === space || first === tab) return progress.more;
    let name = from;
    while (name < end && bytes[name] !== colon) name += 1;
    if (name === end || name === from) return progress.malformed;
    const length = name - from;
    const initial = first | 0x20;
    if (initial === initials.l) {
      if (
        this.#locations &&
        length === locationName.length &&
        equalsLowered(bytes, from, locationName)
      )
        this.location = utf8.decode(bytes.subarray(name + 1, end)).trim();
      return progress.more;
    }
    if (initial !== initials.c && initial !== initials.t) return progress.more;
    if (length === contentLength.length && equalsLowered(bytes, from, contentLength))
      return this.#takeContentLength(bytes, name + 1, end);
    if (length === connection.length && equalsLowered(bytes, from, connection)) {
      if (hasToken(bytes, name + 1, end, closeOption)) this.reusable = false;
      else if (hasToken(bytes, name + 1, end, keepAliveOption)) this.reusable = true;
    } else if (length === transferEncoding.length && equalsLowered(bytes, from, transferEncoding)) {
      this.encoded = true;
      this.chunked = hasToken(bytes, name + 1, end, chunkedCoding);
    }
    return progress.more;
  }

  #takeContentLength(bytes: Uint8Array, from: number, end: number): Progress {
    let start = from;
    let stop = end;
    while (start < stop && isBlank(bytes[start])) start += 1;
    while (stop > start && isBlank(bytes[stop - 1])) stop -= 1;
    if (stop === start || stop - start > longestDecimal) return progress.malformed;
    const length = decimal(bytes, start, stop);
    if (length < 0 || (this.remaining >= 0 && this.remaining !== length)) return progress.malformed;
    this.remaining = length;
    return progress.more;
  }

  #endOfHead(): Progress {
    const { status } = this;
    if (status < 200) {
      // Nothing we send asks for another protocol, so 101 is as wrong as garbage; other interim responses precede the real one.
      this.#phase = phases.statusLine;
      return status === 101 ? progress.malformed : progress.more;
    }
    if (this.headOnly || status === 204 || status === 304) return this.#bodyless();
    if (this.encoded) {
      // A length beside a coding is how responses are smuggled: read by the coding, then part (RFC 9112 6.3).
      if (this.remaining >= 0 || !this.chunked) this.reusable = false;
      this.#phase = this.chunked ? phases.chunkSize : phases.untilClose;
      return progress.more;
    }
    if (this.remaining === 0) return this.#bodyless();
    if (this.remaining > 0) {
      this.#phase = phases.fixedBody;
      return progress.more;
    }
    this.reusable = false;
    this.#phase = phases.untilClose;
    return progress.more;
  }

  #bodyless(): Progress {
    this.#phase = phases.statusLine;
    return progress.complete;
  }

  #takeChunkSize(bytes: Uint8Array, from: number, end: number): Progress {
    let at = from;
    let size = 0;
    for (; at < end; at += 1) {
      const digit = hexDigit(bytes[at] ?? 0);
      if (digit < 0) break;
      size = size * 16 + digit;
    }
    if (at === from || at - from > longestHex) return progress.malformed;
    while (at < end && isBlank(bytes[at])) at += 1;
    if (at < end && bytes[at] !== semicolon) return progress.malformed;
    // Only heads are bounded by headBytes; the size lines of a long body are not a head.
    this.#headBytes = 0;
    this.remaining = size;
    this.#phase = size === 0 ? phases.trailer : phases.chunkBody;
    return progress.more;
  }
}
