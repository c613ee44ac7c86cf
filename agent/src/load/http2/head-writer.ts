// Requests' heads as HEADERS frames. A request that is the same each time is the same bytes each time once the peer's table
// holds its fields: those are kept, and only the stream's id is written anew.
import {
  flags,
  frameBytesDefault,
  frameHeaderBytes,
  frameTypes,
  writeFrameHeader,
  writeUint32,
} from "./frames.ts";
import { HeaderEncoder } from "./header-encoder.ts";
import type { Output } from "./output.ts";
import type { StreamRequest } from "./stream.ts";

export class HeadWriter {
  readonly encoder = new HeaderEncoder();
  readonly #output: Output;
  /** By the constant requests, which are few: their frames, and the state of the table these hold for. */
  readonly #kept = new Map<
    StreamRequest,
    { readonly generation: number; readonly frame: Buffer }
  >();

  constructor(output: Output) {
    this.#output = output;
  }

  /** Writes the head of `request` and returns its bytes; the stream ends with it when there is no body. */
  write(request: StreamRequest, stream: number): number {
    const output = this.#output;
    const kept = request.isConstant ? this.#kept.get(request) : undefined;
    if (kept === undefined || kept.generation !== this.encoder.generation)
      return this.#encode(request, stream);
    const { frame } = kept;
    const at = output.reserve(frame.length);
    const { bytes } = output;
    // A handful of bytes: a loop beats a call.
    for (let index = 0; index < frame.length; index += 1) bytes[at + index] = frame[index] ?? 0;
    writeUint32(bytes, at + 5, stream);
    return frame.length;
  }

  #encode(request: StreamRequest, stream: number): number {
    const output = this.#output;
    const { generation } = this.encoder;
    const at = output.reserve(frameHeaderBytes + HeaderEncoder.bytesMax(request.fields));
    const from = at + frameHeaderBytes;
    const end = this.encoder.encode(request.fields, output.bytes, from);
    const endStream = request.body.length === 0 ? flags.endStream : 0;
    if (end - from <= frameBytesDefault) {
      const flag = flags.endHeaders | endStream;
      writeFrameHeader(output.bytes, at, end - from, frameTypes.headers, flag, stream);
      output.trim(end);
      if (request.isConstant && generation === this.encoder.generation)
        this.#kept.set(request, { generation, frame: Buffer.from(output.bytes.subarray(at, end)) });
      return end - at;
    }
    // Too long for one frame: HEADERS first, then as many CONTINUATIONs as it takes.
    const block = Buffer.from(output.bytes.subarray(from, end));
    output.trim(at);
    for (let sent = 0; sent < block.length; sent += frameBytesDefault) {
      const part = block.subarray(sent, sent + frameBytesDefault);
      const isLast = sent + part.length === block.length;
      const type = sent === 0 ? frameTypes.headers : frameTypes.continuation;
      const flag = (isLast ? flags.endHeaders : 0) | (sent === 0 ? endStream : 0);
      const header = output.reserve(frameHeaderBytes);
      writeFrameHeader(output.bytes, header, part.length, type, flag, stream);
      output.append(part);
    }
    return output.length - at;
  }
}
