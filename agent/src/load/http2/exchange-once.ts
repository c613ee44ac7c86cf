// One request on a connection of its own, with everything of it kept, for a person or a program to read: a try, and what a
// driver asks a server before a run.
import type { TLSSocket } from "node:tls";
import type { RequestError } from "@tidemark/proto";
import type { HeaderBlock } from "./header-block.ts";
import type { Field } from "./header-table.ts";
import { Session } from "./session.ts";
import { type ResponseReader, Stream, type StreamRequest } from "./stream.ts";
import type { TransportOptions } from "./transport.ts";
import { engineLimits } from "../limits.ts";

export interface ExchangeOptions extends Pick<TransportOptions, "endpoint" | "tls" | "remark"> {
  readonly request: StreamRequest;
  /** From the attempt to connect to the end of the response. */
  readonly timeoutMs: number;
  /** How much of the body is kept. */
  readonly bodyBytesMax: number;
  /** Looks at the TLS connection while it is there. */
  readonly secured?: (socket: TLSSocket) => void;
}

export interface Exchanged {
  /** Why there is no whole response; undefined when there is one. */
  readonly error: RequestError | undefined;
  /** What came of the response; no head when nothing came. */
  readonly head: HeaderBlock | undefined;
  readonly trailers: readonly Field[];
  readonly body: Buffer;
  /** Whether the body was longer. */
  readonly isCut: boolean;
  /** ms since the attempt began; null where it never came to it. */
  readonly timings: {
    readonly connectedMs: number | null;
    readonly tlsMs: number | null;
    readonly firstByteMs: number | null;
    readonly endMs: number | null;
  };
}

/** Never rejects: what went wrong is in the result. */
export async function exchangeOnce(options: ExchangeOptions): Promise<Exchanged> {
  const { endpoint, tls, remark, request, timeoutMs, bodyBytesMax } = options;
  const begunMs = performance.now();
  const elapsedMs = () => performance.now() - begunMs;
  const timings: Record<keyof Exchanged["timings"], number | null> = {
    connectedMs: null,
    tlsMs: null,
    firstByteMs: null,
    endMs: null,
  };
  const kept = new KeptResponse(bodyBytesMax, () => (timings.firstByteMs ??= elapsedMs()));
  const session = new Session({
    endpoint,
    tls,
    remark,
    readBuffer: Buffer.allocUnsafeSlow(engineLimits.readBufferBytes),
    watch: {
      connected: () => (timings.connectedMs = elapsedMs()),
      secured: (socket) => {
        timings.tlsMs = elapsedMs();
        options.secured?.(socket);
      },
    },
    streamsMax: 1,
    hasRoom: () => undefined,
  });
  const error = await new Promise<RequestError | undefined>((resolve) => {
    const timer = setTimeout(() => resolve("timeout"), timeoutMs);
    const end = (reason: RequestError | undefined) => {
      clearTimeout(timer);
      resolve(reason);
    };
    const stream = new Stream(session, () => request, kept, {
      opened: () => void stream.send(),
      received: () => undefined,
      answered: () => end(undefined),
      lost: end,
    });
    session.join(stream);
  });
  if (error === undefined) timings.endMs = elapsedMs();
  session.destroy();
  return {
    error,
    head: kept.headBlock,
    trailers: kept.trailersBlock?.fields ?? [],
    body: kept.body(),
    isCut: kept.isCut,
    timings,
  };
}

class KeptResponse implements ResponseReader {
  readonly isExpected = true;
  headBlock: HeaderBlock | undefined;
  status = 0;
  isCut = false;
  trailersBlock: HeaderBlock | undefined;
  readonly #pieces: Buffer[] = [];
  #length = 0;
  readonly #bytesMax: number;
  readonly #firstByte: () => void;

  constructor(bytesMax: number, firstByte: () => void) {
    this.#bytesMax = bytesMax;
    this.#firstByte = firstByte;
  }

  head(block: HeaderBlock): void {
    this.#firstByte();
    this.headBlock = block;
    this.status = block.status;
  }

  data(bytes: Uint8Array, from: number, end: number): void {
    const taken = Math.min(end - from, this.#bytesMax - this.#length);
    if (taken < end - from) this.isCut = true;
    if (taken <= 0) return;
    this.#pieces.push(Buffer.from(bytes.subarray(from, from + taken)));
    this.#length += taken;
  }

  trailers(block: HeaderBlock): void {
    this.trailersBlock = block;
  }

  finish(): boolean {
    return true;
  }

  body(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}
