// Server-sent events with every bound named: how many streams, how far one client may lag, how long without a sign of life.
// A client that does not read is cut and counted instead of filling the hub's memory; EventSource reconnects by itself.
import type { FastifyReply, FastifyRequest } from "fastify";
import { RequestRefused } from "../errors.ts";
import { callerOf } from "./access.ts";
import type { Caller } from "./credentials.ts";

export interface EventStream {
  /** `data` is JSON on one line. */
  readonly send: (event: string, data: string) => void;
  /** Ends the answer; nothing is sent afterwards. */
  readonly close: () => void;
}

export interface EventStreamsOptions {
  /** Streams open at once; one more is refused with 429. */
  readonly streamsMax: number;
  /** Bytes one client may leave unread before it is cut. */
  readonly unreadBytesMax: number;
  /** A comment line keeps proxies awake and finds out who is gone; the credential is asked again at the same time. */
  readonly heartbeatMs: number;
  readonly stillValid: (caller: Caller) => Promise<boolean>;
  /** A slow client was cut. */
  readonly dropped: () => void;
  readonly opened: (open: number) => void;
}

export interface EventStreams {
  /** Takes over the answer; `watch` starts the flow and returns what ends it. Throws `too-many-requests`. */
  open(
    request: FastifyRequest,
    reply: FastifyReply,
    watch: (stream: EventStream) => () => void,
  ): void;
  /** Closes the streams whose credential no longer counts: after a sign-out or a revoked token. */
  recheck(): Promise<void>;
  stop(): void;
}

interface Client {
  readonly caller: Caller;
  readonly reply: FastifyReply;
  readonly close: () => void;
}

export function openEventStreams(options: EventStreamsOptions): EventStreams {
  const clients = new Set<Client>();
  const recheck = async () => {
    for (const client of clients)
      if (!(await options.stillValid(client.caller).catch(() => true))) client.close();
  };
  const heartbeat = setInterval(() => {
    for (const client of clients) write(client, ": beat\n\n");
    void recheck();
  }, options.heartbeatMs);
  heartbeat.unref();

  function write(client: Client, text: string): void {
    const { raw } = client.reply;
    if (raw.writableLength + text.length > options.unreadBytesMax) {
      options.dropped();
      client.close();
      raw.destroy();
      return;
    }
    raw.write(text);
  }

  return {
    open(request, reply, watch) {
      if (clients.size >= options.streamsMax)
        throw new RequestRefused(
          "too-many-requests",
          `${options.streamsMax} live streams are open, no more are served`,
          { retryAfterSeconds: 15 },
        );
      reply.hijack();
      reply.raw.writeHead(200, {
        ...plainHeaders(reply),
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      let unwatch: (() => void) | undefined;
      let isOpen = true;
      const client: Client = {
        caller: callerOf(request),
        reply,
        close() {
          if (!isOpen) return;
          isOpen = false;
          clients.delete(client);
          options.opened(clients.size);
          unwatch?.();
          reply.raw.end();
        },
      };
      clients.add(client);
      options.opened(clients.size);
      reply.raw.on("close", client.close);
      reply.raw.on("error", client.close);
      write(client, "retry: 2000\n\n");
      unwatch = watch({
        send: (event, data) => {
          if (isOpen) write(client, `event: ${event}\ndata: ${data}\n\n`);
        },
        close: client.close,
      });
      // A stream that ended inside `watch` could not be unwatched yet.
      if (!clients.has(client)) unwatch();
    },
    recheck,
    stop() {
      clearInterval(heartbeat);
      for (const client of clients) client.close();
    },
  };
}

/** The security headers that hooks have set, which a hijacked answer would lose. */
function plainHeaders(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );
}
