// Takes what arrives apart into frames. DATA is handed on as it comes; other frames are whole first, and a header block is put
// together from HEADERS and its CONTINUATIONs, within bounds.
import { engineLimits } from "../limits.ts";
import {
  type ErrorCode,
  errorCodes,
  flags,
  frameBytesDefault,
  frameHeaderBytes,
  frameTypes,
  readUint32,
} from "./frames.ts";

/** Told of frames in their order. Each answer but `noError` is a connection error and ends the reading. */
export interface FrameEvents {
  headers(
    stream: number,
    endsStream: boolean,
    bytes: Uint8Array,
    from: number,
    end: number,
  ): ErrorCode;
  /** A DATA frame of `length` bytes, padding included, begins; its data follow, and then `dataEnded`. */
  dataBegan(stream: number, length: number): ErrorCode;
  data(bytes: Uint8Array, from: number, end: number): void;
  dataEnded(endsStream: boolean): ErrorCode;
  /** Any other frame, its payload at `bytes[from … from + length)`. */
  control(
    type: number,
    flag: number,
    stream: number,
    bytes: Uint8Array,
    from: number,
    length: number,
  ): ErrorCode;
}

const { noError, protocolError, frameSizeError, enhanceYourCalm } = errorCodes;

export class FrameReader {
  readonly #events: FrameEvents;
  /** The beginning of a frame whose end has not come yet. */
  #held = Buffer.alloc(0);
  #heldLength = 0;
  /** What is left of the DATA frame under way, its padding included; -1 when none is. */
  #dataLeft = -1;
  /** Bytes of padding at its end; -1 while the byte that says so has not come. */
  #padding = 0;
  #dataEndsStream = false;
  /** The stream whose header block is unfinished; 0 when none is. */
  #blockStream = 0;
  #blockEndsStream = false;
  #block = Buffer.alloc(0);
  #blockLength = 0;
  /** With the frames' own headers, so that empty ones are bounded too. */
  #blockWeight = 0;

  constructor(events: FrameEvents) {
    this.#events = events;
  }

  /** Reads `bytes[0 … length)`. */
  feed(bytes: Buffer, length: number): ErrorCode {
    let at = 0;
    while (at < length) {
      if (this.#dataLeft >= 0) {
        const end = Math.min(length, at + this.#dataLeft);
        const error = this.#takeData(bytes, at, end);
        if (error !== noError) return error;
        at = end;
        continue;
      }
      if (this.#heldLength > 0) {
        at += this.#hold(bytes, at, length);
        const error = this.#takeHeld();
        if (error !== noError) return error;
        continue;
      }
      const size = length - at < frameHeaderBytes ? -1 : sizeOf(bytes, at);
      if (size > frameBytesDefault) return frameSizeError;
      if (size >= 0 && bytes[at + 3] === frameTypes.data) {
        const error = this.#beginData(bytes, at, size);
        if (error !== noError) return error;
        at += frameHeaderBytes;
        continue;
      }
      if (size < 0 || length - at < frameHeaderBytes + size) {
        at += this.#hold(bytes, at, length);
        continue;
      }
      const error = this.#take(bytes, at, size);
      if (error !== noError) return error;
      at += frameHeaderBytes + size;
    }
    return noError;
  }

  /** Keeps what is still missing of a frame, or of its header, and returns how many bytes that was. */
  #hold(bytes: Buffer, at: number, length: number): number {
    if (this.#held.length === 0)
      this.#held = Buffer.allocUnsafeSlow(frameHeaderBytes + frameBytesDefault);
    const wanted =
      this.#heldLength < frameHeaderBytes
        ? frameHeaderBytes
        : frameHeaderBytes + sizeOf(this.#held, 0);
    const taken = Math.min(wanted - this.#heldLength, length - at);
    bytes.copy(this.#held, this.#heldLength, at, at + taken);
    this.#heldLength += taken;
    return taken;
  }

  #takeHeld(): ErrorCode {
    if (this.#heldLength < frameHeaderBytes) return noError;
    const size = sizeOf(this.#held, 0);
    if (size > frameBytesDefault) return frameSizeError;
    if (this.#held[3] === frameTypes.data) {
      this.#heldLength = 0;
      return this.#beginData(this.#held, 0, size);
    }
    if (this.#heldLength < frameHeaderBytes + size) return noError;
    this.#heldLength = 0;
    return this.#take(this.#held, 0, size);
  }

  #beginData(bytes: Buffer, at: number, size: number): ErrorCode {
    if (this.#blockStream !== 0) return protocolError;
    const flag = bytes[at + 4] ?? 0;
    const isPadded = (flag & flags.padded) !== 0;
    if (isPadded && size === 0) return frameSizeError;
    this.#dataEndsStream = (flag & flags.endStream) !== 0;
    this.#padding = isPadded ? -1 : 0;
    this.#dataLeft = size;
    const error = this.#events.dataBegan(readUint32(bytes, at + 5) & 0x7fff_ffff, size);
    if (error !== noError || size > 0) return error;
    this.#dataLeft = -1;
    return this.#events.dataEnded(this.#dataEndsStream);
  }

  #takeData(bytes: Buffer, from: number, end: number): ErrorCode {
    let at = from;
    if (this.#padding < 0) {
      this.#padding = bytes[at++] ?? 0;
      if (this.#padding >= this.#dataLeft) return protocolError;
      this.#dataLeft -= 1;
    }
    const dataEnd = Math.min(end, at + this.#dataLeft - this.#padding);
    if (dataEnd > at) this.#events.data(bytes, at, dataEnd);
    this.#dataLeft -= end - at;
    if (this.#dataLeft < this.#padding) this.#padding = this.#dataLeft;
    if (this.#dataLeft > 0) return noError;
    this.#dataLeft = -1;
    return this.#events.dataEnded(this.#dataEndsStream);
  }

  /** A whole frame other than DATA. */
  #take(bytes: Buffer, at: number, size: number): ErrorCode {
    const type = bytes[at + 3] ?? 0;
    const flag = bytes[at + 4] ?? 0;
    const stream = readUint32(bytes, at + 5) & 0x7fff_ffff;
    const from = at + frameHeaderBytes;
    if (type === frameTypes.headers) return this.#beginBlock(bytes, from, size, flag, stream);
    if (type === frameTypes.continuation) return this.#addToBlock(bytes, from, size, flag, stream);
    if (this.#blockStream !== 0) return protocolError;
    return this.#events.control(type, flag, stream, bytes, from, size);
  }

  #beginBlock(bytes: Buffer, at: number, size: number, flag: number, stream: number): ErrorCode {
    if (this.#blockStream !== 0 || stream === 0) return protocolError;
    let from = at;
    let end = at + size;
    if ((flag & flags.padded) !== 0) {
      if (size === 0) return frameSizeError;
      end -= bytes[from++] ?? 0;
    }
    if ((flag & flags.priority) !== 0) from += 5;
    if (from > end) return protocolError;
    const endsStream = (flag & flags.endStream) !== 0;
    if ((flag & flags.endHeaders) !== 0)
      return this.#events.headers(stream, endsStream, bytes, from, end);
    this.#blockStream = stream;
    this.#blockEndsStream = endsStream;
    this.#blockLength = 0;
    this.#blockWeight = 0;
    return this.#growBlock(bytes, from, end);
  }

  #addToBlock(bytes: Buffer, from: number, size: number, flag: number, stream: number): ErrorCode {
    if (stream === 0 || stream !== this.#blockStream) return protocolError;
    const error = this.#growBlock(bytes, from, from + size);
    if (error !== noError || (flag & flags.endHeaders) === 0) return error;
    this.#blockStream = 0;
    return this.#events.headers(stream, this.#blockEndsStream, this.#block, 0, this.#blockLength);
  }

  #growBlock(bytes: Buffer, from: number, end: number): ErrorCode {
    const length = this.#blockLength + (end - from);
    this.#blockWeight += end - from + frameHeaderBytes;
    if (this.#blockWeight > engineLimits.responseHeadBytesMax) return enhanceYourCalm;
    if (this.#block.length < length) {
      const grown = Buffer.allocUnsafeSlow(2 * length);
      this.#block.copy(grown, 0, 0, this.#blockLength);
      this.#block = grown;
    }
    bytes.copy(this.#block, this.#blockLength, from, end);
    this.#blockLength = length;
    return noError;
  }
}

function sizeOf(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}
