// A WebSocket echo server that must not be the bottleneck: on node:net, unmasking in place, one write for all frames of a read.
// Started by itself it prints its port; it answers frames that arrive whole, which is all that a bench sends.
import { createHash } from "node:crypto";
import { type AddressInfo, type Socket, createServer } from "node:net";
import process from "node:process";

const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  let rest: Buffer = Buffer.alloc(0);
  let shaken = false;
  socket.on("data", (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    if (!shaken) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) {
        rest = bytes;
        return;
      }
      shakeHands(socket, bytes.toString("latin1", 0, end));
      shaken = true;
      from = end + 4;
    }
    const taken = echo(socket, bytes, from);
    rest = taken === bytes.length ? empty : Buffer.from(bytes.subarray(taken));
  });
});

const empty = Buffer.alloc(0);

function shakeHands(socket: Socket, head: string): void {
  const [, key = ""] = /^sec-websocket-key: *(\S+)/im.exec(head) ?? [];
  const accept = createHash("sha1").update(`${key}${acceptSuffix}`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}

/** Answers every whole frame of `bytes[from …)`; how far it came. */
function echo(socket: Socket, bytes: Buffer, from: number): number {
  const out = Buffer.allocUnsafe(bytes.length - from);
  let written = 0;
  let at = from;
  while (bytes.length - at >= 6) {
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
    // A ping is answered with a pong.
    out[written] = (first & 0x0f) === 0x9 ? 0x8a : first;
    out[written + 1] = short;
    bytes.copy(out, written + 2, at + 2, key);
    written += 2 + extra;
    for (let index = 0; index < length; index += 1)
      out[written + index] = (bytes[start + index] ?? 0) ^ (bytes[key + (index & 3)] ?? 0);
    written += length;
    at = start + length;
  }
  if (written > 0) socket.write(out.subarray(0, written));
  return at;
}

server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${port}\n`);
});
