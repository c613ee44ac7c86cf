// One request on a connection of its own, with the moments of its exchange and the bytes that came back.
import { TLSSocket } from "node:tls";
import type { TriedExchange } from "@tidemark/proto";
import { BodyMatch } from "../../requests/body-match.ts";
import { describeTls, tlsFault } from "../../tls.ts";
import { type Origin, openSocket } from "./origin.ts";
import type { Framed } from "./request.ts";
import { type BodySink, ResponseParser, progress } from "./response.ts";
import { triedBytesMax } from "./shown.ts";

export interface Attempted {
  /** Undefined when no whole response came; `error` then says why. */
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly location: string;
  /** Whether the body holds what the plan expects. */
  readonly isMatched: boolean;
  /** What came, as it came, up to `triedBytesMax`; and the body without its framing, likewise. */
  readonly received: Buffer;
  readonly body: Buffer;
  readonly bodyBytes: number;
  readonly tls: TriedExchange["tls"];
  /** By `performance.now`; undefined where it never came to it. */
  readonly connectedMs: number | undefined;
  readonly tlsMs: number | undefined;
  readonly firstByteMs: number | undefined;
  readonly endMs: number | undefined;
}

/** Never rejects. `needle`: what the body must hold; `signal` ends it as timed out. */
export function attempt(
  origin: Origin,
  framed: Framed,
  needle: Buffer | undefined,
  signal: AbortSignal,
): Promise<Attempted> {
  const { promise, resolve } = Promise.withResolvers<Attempted>();
  const received = new Kept();
  const body = new Kept();
  const match = new BodyMatch(needle ?? Buffer.alloc(0));
  const sink: BodySink = {
    feed(bytes, from, to) {
      body.add(bytes.subarray(from, to));
      match.feed(bytes, from, to);
    },
  };
  const parser = new ResponseParser(framed.headOnly, { body: sink, locations: true });
  const at: Partial<Record<"connectedMs" | "tlsMs" | "firstByteMs" | "endMs", number>> = {};
  let tls: TriedExchange["tls"] = null;
  const socket = openSocket(origin);

  const settle = (error: string | undefined) => {
    signal.removeEventListener("abort", timedOut);
    socket.destroy();
    if (error === undefined) at.endMs = performance.now();
    resolve({
      status: error === undefined ? parser.status : undefined,
      error,
      location: parser.location,
      isMatched: match.found,
      received: received.whole(),
      body: body.whole(),
      bodyBytes: body.total,
      tls,
      connectedMs: at.connectedMs,
      tlsMs: at.tlsMs,
      firstByteMs: at.firstByteMs,
      endMs: at.endMs,
    });
  };
  const timedOut = () => settle(`timeout: ${missing(at)} within the plan's timeout`);
  const phase = () => {
    if (at.connectedMs === undefined) return "connecting";
    return origin.tls === undefined || at.tlsMs !== undefined ? "open" : "handshake";
  };
  socket.once("connect", () => {
    at.connectedMs = performance.now();
    if (origin.tls === undefined) socket.write(framed.bytes);
  });
  socket.once("secureConnect", () => {
    at.tlsMs = performance.now();
    if (socket instanceof TLSSocket) tls = describeTls(socket, socket.authorized);
    socket.write(framed.bytes);
  });
  socket.on("data", (chunk: Buffer) => {
    at.firstByteMs ??= performance.now();
    received.add(chunk);
    const read = parser.feed(chunk, chunk.length);
    if (read === progress.complete) settle(undefined);
    else if (read === progress.malformed) settle("malformed: what came is no HTTP/1.1 response");
  });
  socket.once("end", () => {
    if (phase() !== "open") return;
    settle(parser.finish() === progress.complete ? undefined : `closed: ${missing(at)}`);
  });
  socket.once("error", (error: NodeJS.ErrnoException) => {
    settle(tlsFault(error, phase()) ?? `${error.code ?? "error"}: ${error.message}`);
  });
  socket.once("close", () => settle(`closed: ${missing(at)}`));
  if (signal.aborted) timedOut();
  else signal.addEventListener("abort", timedOut, { once: true });
  return promise;
}

function missing(at: { readonly connectedMs?: number; readonly firstByteMs?: number }): string {
  if (at.connectedMs === undefined) return "no connection was made";
  return at.firstByteMs === undefined ? "no response came" : "the response did not end";
}

/** The first bytes of many, and how many there were. */
class Kept {
  total = 0;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  add(bytes: Uint8Array): void {
    this.total += bytes.length;
    const kept = bytes.subarray(0, triedBytesMax - this.#length);
    if (kept.length === 0) return;
    this.#length += kept.length;
    this.#chunks.push(Buffer.from(kept));
  }

  whole(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
