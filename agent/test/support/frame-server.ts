// A raw HTTP/2 server that answers each request with the frames of a script, so that every trap of the protocol can be set.
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import {
  flags,
  frame,
  frameHeaderBytes,
  frameTypes,
  preface,
  readUint32,
  settingsPayload,
} from "../../src/load/http2/frames.ts";
import { HeaderDecoder } from "../../src/load/http2/header-decoder.ts";

/** One frame as a client sent it. */
export interface ReceivedFrame {
  readonly type: number;
  readonly flag: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** One connection of a client. */
export interface FramePeer {
  readonly socket: Socket;
  /** 0, 1 …: which connection of the server it is. */
  readonly index: number;
  readonly frames: ReceivedFrame[];
  /** What the header blocks said, one text a request. */
  readonly heads: string[];
  write(...frames: readonly Buffer[]): void;
}

export interface FrameScript {
  /** Said first; an empty SETTINGS without it. */
  readonly greeting?: readonly Buffer[];
  /** A request is whole, `index` 0, 1 … on its connection. */
  readonly request?: (peer: FramePeer, stream: number, index: number) => void;
  /** Any frame, looked at before all else. */
  readonly frame?: (peer: FramePeer, received: ReceivedFrame) => void;
}

export interface FrameServer {
  readonly port: number;
  readonly peers: FramePeer[];
  stop(): Promise<void>;
}

export const settingsFrame = (...entries: (readonly [number, number])[]) =>
  frame(frameTypes.settings, 0, 0, settingsPayload(entries));

/** A response's head: `block` as hexadecimal HPACK, `:status: 200` without it. */
export const headFrame = (stream: number, isEnd: boolean, block = "88") =>
  frame(
    frameTypes.headers,
    flags.endHeaders | (isEnd ? flags.endStream : 0),
    stream,
    Buffer.from(block.replaceAll(" ", ""), "hex"),
  );

export const dataFrame = (stream: number, isEnd: boolean, text = "") =>
  frame(frameTypes.data, isEnd ? flags.endStream : 0, stream, Buffer.from(text));

export async function startFrameServer(script: FrameScript): Promise<FrameServer> {
  const peers: FramePeer[] = [];
  const server: Server = createServer({ noDelay: true }, (socket) => serve(socket, script, peers));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    peers,
    async stop() {
      for (const { socket } of peers) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serve(socket: Socket, script: FrameScript, peers: FramePeer[]): void {
  const decoder = new HeaderDecoder(1_000_000);
  const peer: FramePeer = {
    socket,
    index: peers.length,
    frames: [],
    heads: [],
    write: (...frames) => void socket.write(Buffer.concat(frames)),
  };
  peers.push(peer);
  let requests = 0;
  let bytes: Buffer = Buffer.alloc(0);
  let isGreeted = false;
  let block: Buffer = Buffer.alloc(0);
  let ends = false;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (!isGreeted) {
      if (bytes.length < preface.length) return;
      if (!bytes.subarray(0, preface.length).equals(preface)) throw new Error("no preface");
      bytes = bytes.subarray(preface.length);
      isGreeted = true;
      peer.write(...(script.greeting ?? [settingsFrame()]));
    }
    while (bytes.length >= frameHeaderBytes) {
      const end = frameHeaderBytes + bytes.readUIntBE(0, 3);
      if (bytes.length < end) return;
      const received: ReceivedFrame = {
        type: bytes[3] ?? 0,
        flag: bytes[4] ?? 0,
        stream: readUint32(bytes, 5),
        payload: Buffer.from(bytes.subarray(frameHeaderBytes, end)),
      };
      bytes = bytes.subarray(end);
      peer.frames.push(received);
      script.frame?.(peer, received);
      const { type, flag, stream, payload } = received;
      if (type === frameTypes.settings && (flag & flags.ack) === 0)
        peer.write(frame(frameTypes.settings, flags.ack, 0));
      if (type === frameTypes.headers || type === frameTypes.continuation) {
        block = type === frameTypes.headers ? payload : Buffer.concat([block, payload]);
        if (type === frameTypes.headers) ends = (flag & flags.endStream) !== 0;
        if ((flag & flags.endHeaders) === 0) continue;
        const fields = decoder.decode(block, 0, block.length);
        if (fields === undefined) throw new Error("the client's header block cannot be decoded");
        peer.heads.push(fields.map(({ name, value }) => `${name}: ${value}`).join("\n"));
        if (ends) script.request?.(peer, stream, requests++);
      }
      if (type === frameTypes.data && (flag & flags.endStream) !== 0)
        script.request?.(peer, stream, requests++);
    }
  });
}
