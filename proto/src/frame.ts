// The envelope of every binary message: 'T', kind, version, flags, the body's length as a varint, the body (raw deflate
// when flag bit 0 is set). Compression is handed in, so that this package runs in a browser and needs no node:zlib.
import { ByteReader, ByteWriter, MalformedBytes } from "./bytes.ts";
import { wireLimits } from "./limits.ts";

export const frameKinds = { batch: 0x42, series: 0x53 } as const;
export type FrameKind = keyof typeof frameKinds;

const magic = 0x54;
const version = 1;
const deflated = 1;

/** Raw deflate (RFC 1951), level 1 on the agent: the same size as zstd for these bodies, and Node has it everywhere. */
export type Deflate = (body: Uint8Array) => Uint8Array;
/** Raw inflate that throws when the output would pass `bytesMax`. */
export type Inflate = (bytes: Uint8Array, bytesMax: number) => Uint8Array;

export function writeFrame(kind: FrameKind, body: Uint8Array, deflate?: Deflate): Uint8Array {
  const packed = deflate?.(body);
  const smaller = packed !== undefined && packed.length < body.length ? packed : undefined;
  const writer = new ByteWriter(8 + (smaller ?? body).length);
  writer.u8(magic);
  writer.u8(frameKinds[kind]);
  writer.u8(version);
  writer.u8(smaller === undefined ? 0 : deflated);
  writer.varint(body.length);
  writer.raw(smaller ?? body);
  return writer.bytes();
}

/** The body of a frame of the expected kind; throws MalformedBytes with the reason otherwise. */
export function readFrame(kind: FrameKind, bytes: Uint8Array, inflate: Inflate): Uint8Array {
  if (bytes.length > wireLimits.messageBytesMax)
    throw new MalformedBytes(`${bytes.length} bytes, more than ${wireLimits.messageBytesMax}`);
  const reader = new ByteReader(bytes);
  if (reader.u8() !== magic) throw new MalformedBytes("not a Tidemark frame");
  const kindByte = reader.u8();
  if (kindByte !== frameKinds[kind])
    throw new MalformedBytes(`frame kind 0x${kindByte.toString(16)}, expected a ${kind} frame`);
  const frameVersion = reader.u8();
  if (frameVersion !== version)
    throw new MalformedBytes(`frame version ${frameVersion}, this program reads ${version}`);
  const flags = reader.u8();
  if ((flags & ~deflated) !== 0) throw new MalformedBytes(`unknown frame flags ${flags}`);
  const length = reader.varint();
  if (length > wireLimits.bodyBytesMax)
    throw new MalformedBytes(`a body of ${length} bytes, more than ${wireLimits.bodyBytesMax}`);
  const rest = reader.raw(reader.remaining);
  const body = flags === deflated ? inflateBody(rest, length, inflate) : rest;
  if (body.length !== length)
    throw new MalformedBytes(`a body of ${body.length} bytes where ${length} were announced`);
  return body;
}

function inflateBody(packed: Uint8Array, length: number, inflate: Inflate): Uint8Array {
  try {
    return inflate(packed, length);
  } catch (cause) {
    throw new MalformedBytes("the body does not inflate to its announced length", { cause });
  }
}
