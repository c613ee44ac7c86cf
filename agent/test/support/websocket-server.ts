// A WebSocket server for tests, written apart from the driver: it shakes hands, unmasks, and lets a test answer as it likes,
// with whole frames or with bytes that are none. `load-websocket.test.ts` holds it against Node's own client.
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { type RawOptions, type RawServer, startRaw } from "./raw-server.ts";

export interface Peer {
  readonly socket: Socket;
  /** The request of its handshake. */
  readonly head: string;
  /** One frame; a whole text message unless `first` says otherwise. */
  send(payload: string | Buffer, first?: number): void;
}

export interface Heard {
  readonly opcode: number;
  readonly text: string;
}

export interface WebSocketServerOptions extends RawOptions {
  /** In place of the accepting answer; what follows the head is up to it. */
  readonly answer?: (head: string, accept: string) => string;
  /** A text or binary message of the client's. Echoes it by default. */
  readonly message?: (peer: Peer, text: string, number: number) => void;
  /** Right after the handshake. */
  readonly opened?: (peer: Peer) => void;
}

export interface WebSocketServer extends RawServer {
  readonly heads: readonly string[];
  /** Frames of the clients', all together, control frames among them. */
  readonly heard: readonly Heard[];
  /** Frames that no client may send. */
  readonly faults: readonly string[];
  readonly peers: ReadonlySet<Peer>;
}

export async function startWebSocketServer(
  options: WebSocketServerOptions = {},
): Promise<WebSocketServer> {
  const heads: string[] = [];
  const heard: Heard[] = [];
  const faults: string[] = [];
  const keys = new Set<string>();
  const peers = new Set<Peer>();
  const { message = (peer, text) => peer.send(text) } = options;
  let messages = 0;
  const server = await startRaw((socket) => {
    let bytes: Buffer = Buffer.alloc(0);
    let peer: Peer | undefined;
    socket.on("close", () => peer !== undefined && peers.delete(peer));
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (peer === undefined) {
        const end = bytes.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = bytes.toString("latin1", 0, end);
        bytes = bytes.subarray(end + 4);
        heads.push(head);
        const key = /^sec-websocket-key: (\S+)$/im.exec(head)?.[1] ?? "";
        if (keys.has(key) || Buffer.from(key, "base64").length !== 16) faults.push(`key ${key}`);
        keys.add(key);
        const answer = options.answer ?? accepting;
        socket.write(answer(head, acceptOf(key)), "latin1");
        peer = peerOf(socket, head);
        peers.add(peer);
        options.opened?.(peer);
      }
      for (let frame = take(bytes); frame !== undefined; frame = take(bytes)) {
        bytes = bytes.subarray(frame.size);
        heard.push({ opcode: frame.opcode, text: frame.text });
        if (frame.fault !== "") faults.push(frame.fault);
        if (frame.opcode === 0x9) peer.send(frame.text, 0x8a);
        if (frame.opcode === 0x8) {
          peer.send(frame.text, 0x88);
          socket.end();
        }
        if (frame.opcode < 0x8) message(peer, frame.text, messages++);
      }
    });
  }, options);
  return { ...server, heads, heard, faults, peers };
}

export function accepting(_head: string, accept: string): string {
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** A server's frame. */
export function frameOf(payload: string | Buffer, first = 0x81): Buffer {
  const bytes = typeof payload === "string" ? Buffer.from(payload, "latin1") : payload;
  const { length } = bytes;
  if (length < 126) return Buffer.concat([Buffer.of(first, length), bytes]);
  if (length < 65_536)
    return Buffer.concat([Buffer.of(first, 126, length >> 8, length & 0xff), bytes]);
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = 127;
  head.writeUInt32BE(length, 6);
  return Buffer.concat([head, bytes]);
}

function peerOf(socket: Socket, head: string): Peer {
  return {
    socket,
    head,
    send: (payload, first) => void socket.write(frameOf(payload, first)),
  };
}

/** The first frame of `bytes`, once it is there whole; its payload as Latin-1. */
function take(bytes: Buffer) {
  if (bytes.length < 2) return undefined;
  const opcode = bytes[0]! & 0x0f;
  const short = bytes[1]! & 0x7f;
  const key = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < key + 4) return undefined;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const size = key + 4 + length;
  if (bytes.length < size) return undefined;
  const fault =
    (bytes[1]! & 0x80) === 0 ? "not masked" : (bytes[0]! & 0xf0) !== 0x80 ? "flags" : "";
  const payload = Buffer.from(bytes.subarray(key + 4, size));
  payload.forEach((byte, at) => (payload[at] = byte ^ bytes[key + (at & 3)]!));
  return { opcode, size, fault, text: payload.toString("latin1") };
}

function acceptOf(key: string): string {
  const text = `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  return createHash("sha1").update(text).digest("base64");
}
