import { type LoadPlan, type RequestError, emptyCounts } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Connection, ConnectionEvents } from "../drivers/driver.ts";
import { engineLimits } from "../limits.ts";
import { scheduleOf } from "../pacings/index.ts";
import { type Arrivals, WarmedUp } from "./arrivals.ts";
import { ClientArrivals } from "./client-arrivals.ts";
import { Loop } from "./loop.ts";
import { ScheduledArrivals } from "./scheduled-arrivals.ts";
import { Tally } from "./tally.ts";

type Fate = "answered" | "answered-and-closed" | "unexpected" | RequestError;

/** A server that answers after a while as it is told, on a clock that only `until` moves. */
class Bench {
  nowMs = 0;
  readonly loop: Loop;
  readonly tally: Tally;
  readonly sentAtMs: number[] = [];
  #pending: { atMs: number; run: () => void }[] = [];

  constructor(options: {
    readonly tally: Tally;
    readonly arrivals: Arrivals;
    readonly connections?: number;
    readonly timeoutMs?: number;
    readonly backlogMax?: number;
    readonly connectMs?: number;
    readonly connect?: (index: number) => "opened" | RequestError;
    readonly answer?: (index: number) => { readonly afterMs: number; readonly fate?: Fate };
  }) {
    const { connect = () => "opened" as const, answer = () => ({ afterMs: 10 }) } = options;
    let dialled = 0;
    this.tally = options.tally;
    this.loop = new Loop({
      arrivals: options.arrivals,
      tally: options.tally,
      dial: (events) => {
        const outcome = connect(dialled++);
        return this.#connection(events, options.connectMs ?? 0, outcome, answer);
      },
      exchangesMax: options.connections ?? 4,
      timeoutMs: options.timeoutMs ?? 1_000,
      backlogMax: options.backlogMax ?? 1_000,
      clock: () => this.nowMs,
      saturated: () => undefined,
    });
  }

  /** Moves the clock on, a millisecond at a time. */
  until(endMs: number): void {
    for (; this.nowMs <= endMs; this.nowMs += 1) {
      this.#happen();
      if (this.nowMs % 5 === 0) this.loop.sweep();
      else this.loop.tick();
      this.#happen();
    }
    this.nowMs = endMs;
  }

  #happen(): void {
    const ready = this.#pending.filter(({ atMs }) => atMs <= this.nowMs);
    this.#pending = this.#pending.filter(({ atMs }) => atMs > this.nowMs);
    for (const { run } of ready) run();
  }

  #connection(
    events: ConnectionEvents,
    connectMs: number,
    outcome: "opened" | RequestError,
    answer: (index: number) => { readonly afterMs: number; readonly fate?: Fate },
  ): Connection {
    let isClosed = false;
    const later = (afterMs: number, run: () => void) =>
      this.#pending.push({ atMs: this.nowMs + afterMs, run: () => void (isClosed || run()) });
    const lose = (error: RequestError) => {
      isClosed = true;
      events.lost(error);
    };
    later(connectMs, () => (outcome === "opened" ? events.opened(1) : lose(outcome)));
    return {
      send: () => {
        const { afterMs, fate = "answered" } = answer(this.sentAtMs.length);
        this.sentAtMs.push(this.nowMs);
        later(afterMs, () => {
          events.received(100);
          switch (fate) {
            case "answered":
            case "answered-and-closed":
            case "unexpected":
              events.answered(200, fate !== "answered-and-closed", fate !== "unexpected");
              break;
            default:
              lose(fate);
          }
        });
        return 50;
      },
      close: () => {
        isClosed = true;
      },
    };
  }
}

function closedBench(
  clients: number,
  thinkMs: number,
  change: Partial<ConstructorParameters<typeof Bench>[0]> = {},
  warmupMs = 0,
): Bench {
  const tally = new Tally({ hasWarmup: warmupMs > 0 });
  tally.fromMs = warmupMs;
  const arrivals = new ClientArrivals(
    {
      clients,
      thinkMs,
      firstAfterMs: (client) => (thinkMs * client) / clients,
      ratePerSecondMax: undefined,
    },
    tally,
  );
  arrivals.begin(0);
  return new Bench({ tally, arrivals, connections: clients, ...change });
}

/** 100 requests/s, after a warm-up at the same rate. */
function openBench(
  durationMs: number,
  change: Partial<ConstructorParameters<typeof Bench>[0]> = {},
  warmupMs = 0,
): Bench {
  const pacing = { kind: "constant", ratePerSecond: 100 } satisfies LoadPlan["pacing"];
  const tally = new Tally({ hasWarmup: warmupMs > 0 });
  tally.fromMs = warmupMs;
  const run = new ScheduledArrivals(scheduleOf(pacing, durationMs), tally.counted);
  const warmup = new ScheduledArrivals(scheduleOf(pacing, warmupMs || 1), tally.uncounted);
  const arrivals = warmupMs > 0 ? new WarmedUp(warmup, warmupMs, run) : run;
  arrivals.begin(0);
  return new Bench({ tally, arrivals, ...change });
}

test("a client sends again when it has thought over the answer", () => {
  const bench = closedBench(1, 90);
  bench.until(350);
  expect(bench.sentAtMs).toEqual([0, 100, 200, 300]);
  const { unsent, inFlight } = bench.loop.stop();
  expect({ unsent, inFlight }).toEqual({ unsent: 0, inFlight: 0 });
  expect(bench.tally.counted.take().counts).toMatchObject({ due: 4, sent: 4, completed: 4 });
});

test("clients begin evenly spread over the think time, each on a connection of its own", () => {
  const bench = closedBench(4, 100);
  bench.until(99);
  expect(bench.sentAtMs).toEqual([0, 25, 50, 75]);
  expect(bench.tally.counted.take().counts.connects).toBeLessThanOrEqual(4);
});

test("without a pause each connection is busy all the time, and a slow server is asked less", () => {
  const fast = closedBench(3, 0, { answer: () => ({ afterMs: 10 }) });
  const slow = closedBench(3, 0, { answer: () => ({ afterMs: 50 }) });
  fast.until(999);
  slow.until(999);
  expect(fast.sentAtMs).toHaveLength(300);
  expect(slow.sentAtMs).toHaveLength(60);
  expect(slow.loop.inFlight).toBe(3);
  const { response, service } = slow.tally.counted;
  expect(response.percentile(50)).toBe(service.percentile(50));
});

test("a client whose server is gone pauses before it asks again", () => {
  const bench = closedBench(1, 0, { connect: () => "refused" });
  bench.until(1_000);
  const { counts } = bench.tally.counted.take();
  expect(counts.errors.refused).toBe(counts.due);
  expect(counts.due).toBeGreaterThan(5);
  expect(counts.due).toBeLessThanOrEqual(1 + 1_000 / engineLimits.failedClientPauseMs);
});

test("a target that refuses, late or at once, is asked for a connection no oftener than for an answer", () => {
  for (const connectMs of [0, 30]) {
    let dialled = 0;
    const refuse = () => {
      dialled += 1;
      return "refused" as const;
    };
    const bench = openBench(1_000, { connect: refuse, connectMs, connections: 1_000 });
    bench.until(1_100);
    expect(bench.tally.counted.take().counts).toMatchObject({ due: 100, errors: { refused: 100 } });
    expect(dialled).toBe(100);
  }
});

test("what a warm-up sends, and what is answered of it later, counts nowhere", () => {
  // Requests of the warm-up are in flight when the run proper begins at 200 ms.
  const bench = openBench(300, { answer: () => ({ afterMs: 25 }), connections: 8 }, 200);
  bench.until(499);
  bench.nowMs = 500;
  const stopped = bench.loop.stop();
  const delta = bench.tally.counted.take();
  expect(bench.sentAtMs).toHaveLength(50);
  expect(delta.counts).toMatchObject({ due: 30, sent: 30, completed: 30 - stopped.inFlight });
  expect(delta.counts.connects).toBe(0);
  expect(delta.counts.bytesReceived).toBe(delta.counts.completed * 100);
  const values = delta.histograms.response.counts.reduce((sum, count) => sum + count, 0);
  expect(values).toBe(30);
});

test("what still waits when a warm-up ends is forgotten", () => {
  const bench = openBench(300, { answer: () => ({ afterMs: 150 }), connections: 1 }, 200);
  bench.until(199);
  expect(bench.loop.backlog).toBe(0);
  bench.until(320);
  // The second request of the warm-up still has the connection; of the run, 13 are due and wait.
  expect(bench.loop).toMatchObject({ backlog: 13 - bench.tally.counted.sent });
  expect(bench.tally.counted.due).toBe(13);
});

test("stopped before its run proper began it has counted nothing", () => {
  for (const bench of [openBench(300, {}, 200), closedBench(3, 20, {}, 200)]) {
    bench.until(100);
    expect(bench.sentAtMs.length).toBeGreaterThan(5);
    expect(bench.loop.stop()).toEqual({ unsent: 0, inFlight: 0 });
    expect(bench.tally.counted.take().counts).toEqual(emptyCounts());
  }
});

test("a request that cannot be sent at all was not sent", () => {
  const bench = openBench(500, {
    connections: 1,
    answer(index) {
      if (index === 10) throw new Error("the feed is used up");
      return { afterMs: 5 };
    },
  });
  expect(() => bench.until(499)).toThrow("the feed is used up");
  expect(bench.loop.stop()).toEqual({ unsent: 1, inFlight: 0 });
  expect(bench.tally.counted.take().counts).toMatchObject({ due: 11, sent: 10, completed: 10 });
});

test("every due request has exactly one fate, whatever happens and whoever decides what is due", () => {
  const fates = [
    "answered",
    "answered-and-closed",
    "unexpected",
    "reset",
    "closed",
    "malformed",
  ] as const satisfies readonly Fate[];
  const scenario = fc.record({
    kind: fc.constantFrom("open", "closed"),
    thinkMs: fc.integer({ min: 0, max: 60 }),
    connections: fc.integer({ min: 1, max: 5 }),
    backlogMax: fc.integer({ min: 1, max: 20 }),
    timeoutMs: fc.integer({ min: 5, max: 200 }),
    connectMs: fc.integer({ min: 0, max: 80 }),
    warmupMs: fc.constantFrom(0, 100),
    refused: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    answers: fc.array(
      fc.record({ afterMs: fc.integer({ min: 1, max: 250 }), fate: fc.constantFrom(...fates) }),
      { minLength: 1, maxLength: 10 },
    ),
  });
  fc.assert(
    fc.property(scenario, (given) => {
      const { kind, connections, warmupMs } = given;
      const change = {
        connections,
        ...(kind === "open" ? { backlogMax: given.backlogMax } : {}),
        timeoutMs: given.timeoutMs,
        connectMs: given.connectMs,
        connect: (index: number) =>
          given.refused[index % given.refused.length] === true
            ? ("refused" as const)
            : ("opened" as const),
        answer: (index: number) => given.answers[index % given.answers.length]!,
      };
      const bench =
        kind === "open"
          ? openBench(500, change, warmupMs)
          : closedBench(connections, given.thinkMs, change, warmupMs);
      bench.until(600);
      const { backlog, inFlight } = bench.loop;
      const stopped = bench.loop.stop();
      expect(stopped).toEqual({ unsent: backlog, inFlight });
      const { counts, histograms } = bench.tally.counted.take();
      const failed = Object.values(counts.errors).reduce((sum, count) => sum + count, 0);
      expect(counts.completed + failed + counts.dropped + stopped.unsent + stopped.inFlight).toBe(
        counts.due,
      );
      const values = (basis: keyof typeof histograms) =>
        histograms[basis].counts.reduce((sum, count) => sum + count, 0);
      expect(values("response")).toBe(
        counts.completed + counts.errors.timeout + stopped.unsent + stopped.inFlight,
      );
      expect(values("lateness")).toBe(counts.sent);
      if (kind === "open" && warmupMs === 0) expect(counts.due).toBe(50);
    }),
    { numRuns: 300 },
  );
});
