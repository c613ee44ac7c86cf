// Every native driver but http1 (see load-conformance.test.ts) against a small server that treats its requests by turns: answered,
// answered late, never answered, connection closed, garbage. The server keeps its own books, and the driver must agree with them to
// the last request: the load ends before the run does, so that nothing is under way at the stop.
import type { Socket } from "node:net";
import type { Counts, LoadPlan } from "@tidemark/proto";
import { expect, test } from "vitest";
import { generateRun, planFor } from "./generated.ts";
import { startScripted } from "./scripted-server.ts";
import { expectConsistent } from "./support/consistent.ts";
import { dataFrame, headFrame, startFrameServer } from "./support/frame-server.ts";
import { startDatagrams, startRaw } from "./support/raw-server.ts";
import { startWebSocketServer } from "./support/websocket-server.ts";

const turns = ["ok", "slow", "stall", "close", "garbage"] as const;
type Turn = (typeof turns)[number];

/** What a protocol's server does with one request. */
interface Ways {
  ok(): void;
  close(): void;
  garbage(): void;
}

const slowMs = 40;

/** What the server knows. */
class Books {
  readonly seen: Record<Turn, number> = { ok: 0, slow: 0, stall: 0, close: 0, garbage: 0 };
  requests = 0;

  serve(ways: Ways): void {
    const turn = turns[this.requests % turns.length] ?? "ok";
    this.requests += 1;
    this.seen[turn] += 1;
    if (turn === "slow") setTimeout(ways.ok, slowMs);
    else if (turn !== "stall") ways[turn]();
  }
}

interface Row {
  readonly name: string;
  readonly start: (
    books: Books,
  ) => Promise<{ readonly port: number; readonly stop: () => Promise<void> }>;
  readonly plan: (port: number) => Partial<LoadPlan>;
  /** What the counts must be, where a driver sees otherwise than it was, and why. */
  readonly deviation?: { readonly because: string; readonly counted: (books: Books) => Seen };
}

interface Seen {
  readonly completed: number;
  readonly unexpected: number;
  readonly timeout: number;
  readonly closed: number;
  readonly malformed: number;
}

const seenAsItWas = ({ seen }: Books): Seen => ({
  completed: seen.ok + seen.slow,
  unexpected: 0,
  timeout: seen.stall,
  closed: seen.close,
  malformed: seen.garbage,
});

const garbage = "SMTP ready\r\n\r\n";
const spoiled = (socket: Socket): Pick<Ways, "close" | "garbage"> => ({
  close: () => void socket.end(),
  garbage: () => void socket.write(garbage),
});
const eventHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
/** SERVING, and trailers that say status 0: literals without indexing. */
const serving = (stream: number) => [
  headFrame(stream, false, `88 5f 10 ${Buffer.from("application/grpc").toString("hex")}`),
  dataFrame(stream, false, "\0\0\0\0\u0002\u0008\u0001"),
  headFrame(stream, true, `00 0b ${Buffer.from("grpc-status").toString("hex")} 01 30`),
];

const rows: readonly Row[] = [
  {
    name: "http2",
    start: (books) =>
      startFrameServer({
        request: (peer, stream) =>
          books.serve({
            ...spoiled(peer.socket),
            ok: () => peer.write(headFrame(stream, false), dataFrame(stream, true, "ok")),
          }),
      }),
    plan: (port) => ({ driver: "http2", target: `http://127.0.0.1:${port}/`, streams: 1 }),
  },
  {
    name: "grpc",
    start: (books) =>
      startFrameServer({
        request: (peer, stream) =>
          books.serve({ ...spoiled(peer.socket), ok: () => peer.write(...serving(stream)) }),
      }),
    plan: (port) => ({
      driver: "grpc",
      target: `grpc://127.0.0.1:${port}`,
      streams: 1,
      grpc: { call: "health", method: "" },
    }),
  },
  {
    name: "websocket",
    start: (books) =>
      startWebSocketServer({
        message: (peer, text) =>
          books.serve({ ...spoiled(peer.socket), ok: () => peer.send(text) }),
      }),
    plan: (port) => ({ driver: "websocket", target: `ws://127.0.0.1:${port}/`, body: "hello" }),
  },
  {
    name: "sse",
    start: (books) =>
      startScripted((socket) =>
        books.serve({
          ...spoiled(socket),
          ok: () => void socket.write(`${eventHead}data: news\n\n`),
        }),
      ),
    plan: (port) => ({ driver: "sse", target: `http://127.0.0.1:${port}/` }),
  },
  {
    name: "tcp",
    start: (books) =>
      startRaw((socket) =>
        socket.on("data", (bytes) =>
          books.serve({ ...spoiled(socket), ok: () => void socket.write(bytes) }),
        ),
      ),
    plan: (port) => ({
      driver: "tcp",
      target: `tcp://127.0.0.1:${port}`,
      body: "ping",
      socket: { exchange: "echo" },
    }),
    deviation: {
      because: "an echo of other bytes is an answer, and not the expected one",
      counted: (books) => ({
        ...seenAsItWas(books),
        completed: books.seen.ok + books.seen.slow + books.seen.garbage,
        unexpected: books.seen.garbage,
        malformed: 0,
      }),
    },
  },
  {
    name: "udp",
    start: (books) =>
      startDatagrams((socket, datagram, from) => {
        const say = (bytes: string | Buffer) => socket.send(bytes, from.port, from.address);
        books.serve({
          ok: () => say(datagram),
          close: () => undefined,
          garbage: () => say(garbage),
        });
      }),
    plan: (port) => ({
      driver: "udp",
      target: `udp://127.0.0.1:${port}`,
      body: "ping",
      socket: { exchange: "echo" },
    }),
    deviation: {
      because: "there is no connection to close, and an echo of other bytes is an answer",
      counted: ({ seen }) => ({
        completed: seen.ok + seen.slow + seen.garbage,
        unexpected: seen.garbage,
        timeout: seen.stall + seen.close,
        closed: 0,
        malformed: 0,
      }),
    },
  },
];

/** 60 a second for a while, and time for the last of them. */
const pacing: LoadPlan["pacing"] = {
  kind: "stages",
  fromPerSecond: 60,
  stages: [
    { durationMs: 700, toPerSecond: 60 },
    { durationMs: 100, toPerSecond: 0 },
    { durationMs: 1_700, toPerSecond: 0 },
  ],
};

function seenBy({ completed, unexpected, errors }: Counts): Seen {
  const { timeout, closed, malformed } = errors;
  return { completed, unexpected, timeout, closed, malformed };
}

test.each(rows)(
  "$name ends at once when its run is cancelled, whatever is under way",
  async (row) => {
    let asked = () => {};
    const first = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const books = new Books();
    const server = await row.start(Object.assign(books, { serve: () => asked() }));
    let cancelledMs = 0;
    try {
      const { final } = await generateRun(
        planFor(server.port, { durationMs: 60_000, timeoutMs: 30_000, ...row.plan(server.port) }),
        (run) => {
          run.lease(60_000);
          void first.then(() => {
            cancelledMs = performance.now();
            run.end("cancelled", "enough");
          });
        },
      );
      expect(performance.now() - cancelledMs).toBeLessThan(1_000);
      expect(final).toMatchObject({ state: "cancelled", cause: "enough" });
      // By its own end: one that was abandoned would know nothing of itself.
      expect(final.source.version).not.toBe("");
      expect(final.inFlight).toBeGreaterThan(0);
    } finally {
      await server.stop();
    }
  },
);

test.concurrent.each(rows)("$name agrees with the server", async ({ start, plan, deviation }) => {
  const books = new Books();
  const server = await start(books);
  try {
    const run = await generateRun(
      planFor(server.port, {
        pacing,
        connections: 24,
        durationMs: 2_500,
        timeoutMs: 1_000,
        ...plan(server.port),
      }),
    );
    const { final, service } = run;
    const about = JSON.stringify([final.cause, final.counts, books.seen, final.remarks]);
    expect([final.state, final.unsent, final.inFlight], about).toEqual(["completed", 0, 0]);
    expect(final.counts.sent, about).toBe(books.requests);
    expect(books.seen.garbage, about).toBeGreaterThanOrEqual(8);
    expect(seenBy(final.counts), about).toEqual((deviation?.counted ?? seenAsItWas)(books));
    // Of what has a service time at most half was quick.
    expect(service.percentile(67) / 1_000, about).toBeGreaterThanOrEqual(slowMs - 2);
    expectConsistent(run);
  } finally {
    await server.stop();
  }
});
