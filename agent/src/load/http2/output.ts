// What a session has to say in this turn of the loop: the frames of all its streams together, in one write.
import type { Socket } from "node:net";
import { frameHeaderBytes, writeFrameHeader, writeUint32 } from "./frames.ts";

const bytesAtFirst = 4_096;

export class Output {
  bytes = Buffer.allocUnsafeSlow(bytesAtFirst);
  length = 0;

  /** Makes room for `size` bytes and returns where they go. */
  reserve(size: number): number {
    const at = this.length;
    this.length = at + size;
    if (this.length > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(2 * this.length);
      this.bytes.copy(grown, 0, 0, at);
      this.bytes = grown;
    }
    return at;
  }

  /** Gives back what was reserved past `end`. */
  trim(end: number): void {
    this.length = end;
  }

  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** A frame whose payload is one number: RST_STREAM, WINDOW_UPDATE. */
  appendNumber(type: number, stream: number, value: number): void {
    const at = this.reserve(frameHeaderBytes + 4);
    writeFrameHeader(this.bytes, at, 4, type, 0, stream);
    writeUint32(this.bytes, at + frameHeaderBytes, value);
  }

  /** Hands everything to the socket. */
  flush(socket: Socket): void {
    if (this.length === 0) return;
    socket.write(this.bytes.subarray(0, this.length));
    this.length = 0;
    // The kernel has not taken it all: the bytes belong to the socket until it has.
    if (socket.writableLength > 0) this.bytes = Buffer.allocUnsafeSlow(bytesAtFirst);
  }
}
