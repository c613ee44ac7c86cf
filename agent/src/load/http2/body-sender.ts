// Request bodies as DATA frames, as far as the peer's windows and our own output go; the rest when they open.
import {
  flags,
  frameBytesDefault,
  frameHeaderBytes,
  frameTypes,
  initialWindowBytes,
  windowBytesMax,
  writeFrameHeader,
} from "./frames.ts";
import { http2Limits } from "./limits.ts";
import type { Output } from "./output.ts";
import type { Stream } from "./stream.ts";

export class BodySender {
  /** The largest payload the peer takes. */
  frameBytes = frameBytesDefault;
  readonly #output: Output;
  readonly #unwritten: () => number;
  /** In the order in which they came to a stop. */
  readonly #stopped = new Set<Stream>();
  #window = initialWindowBytes;
  #initialWindow = initialWindowBytes;

  /** `unwritten`: bytes that the socket still has to write. */
  constructor(output: Output, unwritten: () => number) {
    this.#output = output;
    this.#unwritten = unwritten;
  }

  /** The head of the stream's request is written: its body follows, where it has one. */
  begin(stream: Stream): void {
    stream.bodySent = 0;
    stream.sendWindow = this.#initialWindow;
    this.#send(stream);
  }

  isSent(stream: Stream): boolean {
    return !this.#stopped.has(stream);
  }

  forget(stream: Stream): void {
    this.#stopped.delete(stream);
  }

  /** The connection's window. False when it would be too wide. */
  widen(bytes: number): boolean {
    this.#window += bytes;
    if (this.#window > windowBytesMax) return false;
    this.resume();
    return true;
  }

  /** A stream's window. False when it would be too wide. */
  widenStream(stream: Stream, bytes: number): boolean {
    stream.sendWindow += bytes;
    if (stream.sendWindow > windowBytesMax) return false;
    if (this.#stopped.has(stream)) this.#send(stream);
    return true;
  }

  /** The window streams begin with; those under way change by the difference, even below zero (RFC 9113 6.9.2). */
  changeInitialWindow(bytes: number, active: Iterable<Stream>): boolean {
    const difference = bytes - this.#initialWindow;
    this.#initialWindow = bytes;
    for (const stream of active) {
      stream.sendWindow += difference;
      if (stream.sendWindow > windowBytesMax) return false;
    }
    this.resume();
    return true;
  }

  /** Sends on whatever came to a stop. */
  resume(): void {
    // Who comes to a stop again joins at the end.
    const stopped = [...this.#stopped];
    for (const stream of stopped) {
      if (this.#window <= 0) return;
      this.#send(stream);
    }
  }

  #send(stream: Stream): void {
    const body = stream.request?.body;
    if (body === undefined) return;
    const output = this.#output;
    this.#stopped.delete(stream);
    while (stream.bodySent < body.length) {
      const left = body.length - stream.bodySent;
      const size = Math.min(left, stream.sendWindow, this.#window, this.frameBytes, this.#room());
      if (size <= 0) {
        this.#stopped.add(stream);
        return;
      }
      const at = output.reserve(frameHeaderBytes + size);
      const flag = size === left ? flags.endStream : 0;
      writeFrameHeader(output.bytes, at, size, frameTypes.data, flag, stream.id);
      body.copy(output.bytes, at + frameHeaderBytes, stream.bodySent, stream.bodySent + size);
      stream.bodySent += size;
      stream.sendWindow -= size;
      this.#window -= size;
    }
  }

  #room(): number {
    return http2Limits.outputBytesMax - this.#output.length - this.#unwritten();
  }
}
