// The server's half of a WebSocket that says back what it hears (RFC 6455): the handshake's answer, and frames unmasked in place.
import { createHash } from "node:crypto";

const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [closeOpcode, pingOpcode, pong] = [0x8, 0x9, 0x8a];

/** The head that answers a handshake with this Sec-WebSocket-Key. */
export function handshakeAnswer(key: string): string {
  const accept = createHash("sha1").update(`${key}${acceptSuffix}`).digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

export interface Echoed {
  /** What goes back: every whole frame as it came, a ping as a pong. */
  readonly answer: Buffer;
  /** How far the frames reached; what begins there is not whole yet. */
  readonly taken: number;
  /** Whether the peer has closed: its close frame is the last of the answer. */
  readonly closed: boolean;
}

/** Echoes every whole frame of `bytes[from …)`. */
export function echoFrames(bytes: Buffer, from: number): Echoed {
  const out = Buffer.allocUnsafe(bytes.length - from);
  let written = 0;
  let at = from;
  let closed = false;
  while (!closed && bytes.length - at >= 6) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const extra = short < 126 ? 0 : short === 126 ? 2 : 8;
    const key = at + 2 + extra;
    if (bytes.length < key + 4) break;
    const length =
      extra === 0
        ? short
        : extra === 2
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    const start = key + 4;
    if (bytes.length < start + length) break;
    const first = bytes[at] ?? 0;
    const opcode = first & 0x0f;
    closed = opcode === closeOpcode;
    out[written] = opcode === pingOpcode ? pong : first;
    out[written + 1] = short;
    bytes.copy(out, written + 2, at + 2, key);
    written += 2 + extra;
    for (let index = 0; index < length; index += 1)
      out[written + index] = (bytes[start + index] ?? 0) ^ (bytes[key + (index & 3)] ?? 0);
    written += length;
    at = start + length;
  }
  return { answer: out.subarray(0, written), taken: at, closed };
}
