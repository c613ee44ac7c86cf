// Every driver that speaks HTTP/1.1, native and installed, against the same server, which keeps its own books: what it was asked,
// what it answered, how long it took. A driver that sees something else has a line in its table that says what and why.
import type { Socket } from "node:net";
import {
  type DriverName,
  type LoadPlan,
  type RunFinal,
  isInstalledDriver,
  slotLowest,
} from "@tidemark/proto";
import { type TestContext, expect, test } from "vitest";
import { installedPrograms, missing, programFault } from "../src/load/programs/installed.ts";
import { startProgram } from "../src/load/programs/program-carrier.ts";
import { type Generated, generateRun, planFor } from "./generated.ts";
import { startScripted } from "./scripted-server.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const notFound = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno";

/** What the server knows. */
class Books {
  seen = 0;
  answered = 0;
  /** Requests that it treated badly. */
  spoilt = 0;
  /** Between a request and its answer, ms. */
  readonly delaysMs: number[] = [];

  answer(socket: Socket, text: string, sinceMs: number): void {
    if (socket.destroyed) return;
    socket.write(text);
    this.answered += 1;
    this.delaysMs.push(performance.now() - sinceMs);
  }

  told(): object {
    return { seen: this.seen, answered: this.answered, spoilt: this.spoilt };
  }

  percentileMs(percentile: number): number {
    const sorted = this.delaysMs.toSorted((left, right) => left - right);
    return sorted[Math.ceil((percentile / 100) * sorted.length) - 1] ?? Number.NaN;
  }
}

type Answer = (socket: Socket, index: number, books: Books) => void;

const now = () => performance.now();
/** One request in ten is treated so, the others are answered; none of them is the last, which may still be under way at the end. */
const everyTenth =
  (spoil: (socket: Socket) => void): Answer =>
  (socket, index, books) => {
    if (index % 10 !== 4) {
      books.answer(socket, ok, now());
      return;
    }
    books.spoilt += 1;
    spoil(socket);
  };
/** One request after the other, as a server with one worker. */
function oneAtATime(serviceMs: number): Answer {
  let freeAtMs = 0;
  return (socket, _, books) => {
    const sinceMs = now();
    freeAtMs = Math.max(freeAtMs, sinceMs) + serviceMs;
    setTimeout(() => books.answer(socket, ok, sinceMs), freeAtMs - sinceMs);
  };
}

interface Case {
  readonly answer: () => Answer;
  readonly rate: number;
  readonly change?: Partial<LoadPlan>;
  /** What holds for a driver that sees all there is to see. */
  readonly holds: (run: Generated, books: Books) => void;
}

const failed = ({ final }: Generated) =>
  Object.values(final.counts.errors).reduce((sum, count) => sum + count, 0);
/** Values above so many ms. */
function above(histogram: Generated["response"], ms: number): number {
  let seen = 0;
  for (let slot = histogram.usedSlots.last; slot >= 0; slot -= 1) {
    if (slotLowest(slot) < ms * 1_000) break;
    seen += histogram.counts[slot] ?? 0;
  }
  return seen;
}

/** All that were treated badly are errors of this kind, but for those whose end the run did not wait for. */
function expectSpoilt({ inFlight }: RunFinal, errors: number, { spoilt }: Books): void {
  expect(errors).toBeLessThanOrEqual(spoilt);
  expect(errors).toBeGreaterThanOrEqual(spoilt - inFlight);
}

const cases = {
  "200": {
    answer: () => (socket, _, books) => books.answer(socket, ok, now()),
    rate: 100,
    holds: ({ final }) => {
      expect(final.counts.unexpected).toBe(0);
      expect(final.counts.statuses).toEqual({ "200": final.counts.completed });
    },
  },
  "404": {
    answer: () => (socket, _, books) => books.answer(socket, notFound, now()),
    rate: 100,
    holds: ({ final }) => {
      expect(final.counts.unexpected).toBe(final.counts.completed);
      expect(final.counts.statuses).toEqual({ "404": final.counts.completed });
    },
  },
  "slow 50 ms": {
    answer: () => (socket, _, books) => {
      const sinceMs = now();
      setTimeout(() => books.answer(socket, ok, sinceMs), 50);
    },
    rate: 40,
    holds: ({ service }, books) => {
      // The client sees what the server took, and the way there and back, on a machine that does other things as well.
      for (const [percentile, aboveMs] of [
        [10, 60],
        [50, 60],
        [90, 200],
      ] as const) {
        const truthMs = books.percentileMs(percentile);
        expect(service.percentile(percentile) / 1_000).toBeGreaterThan(truthMs - 2);
        expect(service.percentile(percentile) / 1_000).toBeLessThan(truthMs + aboveMs);
      }
    },
  },
  "stall of 400 ms": {
    answer: () => {
      let isOver = false;
      return (socket, index, books) => {
        if (index >= 60 && !isOver) {
          isOver = true;
          for (const untilMs = now() + 400; now() < untilMs;);
        }
        books.answer(socket, ok, now());
      };
    },
    rate: 100,
    change: { durationMs: 2_000 },
    holds: ({ response, service, final }) => {
      // 40 requests were due meanwhile, of which 10 in its last 100 ms; only those on a connection were under way.
      expect(above(response, 100)).toBeGreaterThanOrEqual(20);
      expect(above(response, 300)).toBeGreaterThanOrEqual(5);
      expect(above(service, 300)).toBeLessThanOrEqual(4);
      expect(failed({ final } as Generated)).toBe(0);
    },
  },
  reset: {
    answer: () => everyTenth((socket) => socket.resetAndDestroy()),
    rate: 100,
    holds: ({ final }, books) => expectSpoilt(final, final.counts.errors.reset, books),
  },
  garbage: {
    answer: () => everyTenth((socket) => void socket.write("SMTP ready\r\n\r\n")),
    rate: 100,
    holds: ({ final }, books) => expectSpoilt(final, final.counts.errors.malformed, books),
  },
  close: {
    answer: () => everyTenth((socket) => void socket.end()),
    rate: 100,
    holds: ({ final }, books) => expectSpoilt(final, final.counts.errors.closed, books),
  },
  "1 request a second": {
    answer: () => (socket, _, books) => books.answer(socket, ok, now()),
    rate: 1,
    change: { durationMs: 3_000 },
    holds: ({ final, response }) => {
      expect(final.counts.due).toBe(3);
      expect(response.total).toBe(3);
    },
  },
  overload: {
    answer: () => oneAtATime(20),
    rate: 200,
    change: { durationMs: 2_000 },
    holds: ({ final, response, service }) => {
      const { completed, due } = final.counts;
      // 50 a second is all there is; the queue grows by 150 a second and the wait with it.
      expect(completed).toBeLessThanOrEqual(110);
      expect(due).toBeGreaterThanOrEqual(390);
      expect(final.spoiled.map(({ code }) => code)).toContain("rate-missed");
      expect(response.percentile(90)).toBeGreaterThan(600_000);
      expect(service.percentile(50)).toBeLessThan(300_000);
    },
  },
} as const satisfies Record<string, Case>;
type CaseName = keyof typeof cases;

/** What a driver sees otherwise than it was: the reason, and what holds in its place. */
interface Deviation {
  readonly because: string;
  readonly holds: Case["holds"];
}

interface Row {
  readonly driver: DriverName;
  readonly change?: Partial<LoadPlan>;
  /** Whether every request's own latency is in its histogram. */
  readonly isExact: boolean;
  /** Requests that the server saw and the driver does not count, at most. */
  readonly uncountedMax: number;
  readonly deviations: Partial<Record<CaseName, Deviation>>;
}

const connections = 4;
const onlyCounts = {
  because: "it tells how many statuses were 400 or more, and not which",
} as const;
const coarseStatuses = {
  "200": {
    ...onlyCounts,
    holds: ({ final }) => expect([final.counts.unexpected, final.counts.statuses]).toEqual([0, {}]),
  },
  "404": {
    ...onlyCounts,
    holds: ({ final }) => {
      expect(final.counts.unexpected).toBe(final.counts.completed);
      expect(final.counts.statuses).toEqual({});
    },
  },
  garbage: {
    because: "it calls every failed read one",
    holds: ({ final }, books) => expect(final.counts.errors.reset).toBe(books.spoilt),
  },
} as const satisfies Row["deviations"];
const retried: Deviation = {
  because: "it sends the request again on a new connection when an idle one turns out dead",
  holds: ({ final }) => {
    expect(final.counts.errors.reset).toBeLessThanOrEqual(2);
    expect(final.counts.completed).toBeGreaterThanOrEqual(final.counts.sent - 2);
  },
};

const rows: readonly Row[] = [
  { driver: "http1", isExact: true, uncountedMax: 0, deviations: {} },
  {
    driver: "fortio",
    isExact: true,
    // Its warm-up, and what it sent again.
    uncountedMax: connections + 30,
    deviations: {
      reset: retried,
      close: retried,
      garbage: {
        because: "every error is -1",
        holds: ({ final }, books) => {
          expect(final.counts.errors.malformed).toBe(0);
          // Its warm-up may meet one.
          expect(final.counts.errors.reset).toBeGreaterThanOrEqual(books.spoilt - 1);
          expect(final.counts.errors.reset).toBeLessThanOrEqual(books.spoilt);
        },
      },
      "1 request a second": {
        because: "it uses as many connections as have two calls",
        holds: ({ final }) => expect([final.counts.due, final.counts.completed]).toEqual([3, 3]),
      },
    },
  },
  {
    driver: "wrk2",
    isExact: true,
    uncountedMax: connections,
    deviations: {
      ...coarseStatuses,
      close: {
        because: "a connection that is closed without an answer counts nowhere and stays dead",
        holds: ({ final }, books) => {
          expect(failed({ final } as Generated)).toBe(0);
          expect(books.spoilt).toBeGreaterThanOrEqual(connections);
          expect(final.unsent).toBeGreaterThan(0);
        },
      },
      "1 request a second": {
        because: "each connection has a schedule of its own and sends at once",
        holds: ({ final }) => expect(final.counts.completed).toBeGreaterThanOrEqual(3),
      },
      "stall of 400 ms": {
        because: "each connection catches up at twice its rate, and no faster",
        holds: ({ response }) => {
          expect(above(response, 100)).toBeGreaterThanOrEqual(20);
          expect(above(response, 300)).toBeGreaterThanOrEqual(4);
        },
      },
    },
  },
  {
    driver: "wrk",
    isExact: true,
    change: { pacing: { kind: "max" } },
    // What was under way at the end.
    uncountedMax: connections,
    deviations: {
      ...coarseStatuses,
      reset: {
        because: "it may end between a reset and the read that tells it",
        holds: ({ final }, books) => {
          expect(final.counts.errors.reset).toBeGreaterThanOrEqual(books.spoilt - connections);
          expect(final.counts.errors.reset).toBeLessThanOrEqual(books.spoilt);
        },
      },
      garbage: {
        because: "it calls every failed read one",
        holds: ({ final }, books) => {
          expect(final.counts.errors.reset).toBeGreaterThanOrEqual(books.spoilt - connections);
          expect(final.counts.errors.reset).toBeLessThanOrEqual(books.spoilt);
        },
      },
      close: {
        because: "it calls every failed read one",
        holds: ({ final }, books) => {
          expect(final.counts.errors.reset).toBeGreaterThanOrEqual(books.spoilt - connections);
          expect(final.counts.errors.reset).toBeLessThanOrEqual(books.spoilt);
        },
      },
      "stall of 400 ms": {
        because: "a closed loop sends nothing while it waits: only what was under way is slow",
        holds: ({ response }) => {
          expect(above(response, 300)).toBeGreaterThanOrEqual(1);
          expect(above(response, 300)).toBeLessThanOrEqual(connections);
        },
      },
      "1 request a second": {
        because: "it knows no rate",
        holds: ({ final }) => expect(final.counts.completed).toBeGreaterThan(100),
      },
      overload: {
        because: "a closed loop asks for no more than it is given",
        holds: ({ final, response }) => {
          expect(final.counts.completed).toBeLessThanOrEqual(110);
          // Four connections take turns of 20 ms.
          expect(response.percentile(50)).toBeGreaterThan(60_000);
          expect(response.percentile(50)).toBeLessThan(200_000);
        },
      },
    },
  },
  {
    driver: "nighthawk",
    isExact: false,
    uncountedMax: connections,
    deviations: {
      "404": {
        because: "it tells the class of a status",
        holds: ({ final }) =>
          expect(final.counts.statuses).toEqual({ "400": final.counts.completed }),
      },
      overload: {
        because: "it drops what finds no connection free",
        holds: ({ final }) => expect(final.counts.dropped).toBeGreaterThan(100),
      },
    },
  },
];

async function needed(driver: DriverName, context: TestContext): Promise<void> {
  if (isInstalledDriver(driver) && (await installedPrograms())[driver] === undefined)
    context.skip(missing(driver));
}

const all = rows.flatMap((row) =>
  Object.entries(cases).map(([name, each]: [string, Case]): [DriverName, string, Row, Case] => [
    row.driver,
    name,
    row,
    each,
  ]),
);

test.for(all)("%s agrees with the server: %s", async ([driver, name, row, each], context) => {
  await needed(driver, context);
  const books = new Books();
  const answer = each.answer();
  const server = await startScripted((socket, index) => {
    books.seen += 1;
    answer(socket, index, books);
  });
  try {
    const plan = planFor(server.port, {
      driver,
      rate: each.rate,
      connections,
      durationMs: 1_000,
      ...each.change,
      ...row.change,
    });
    expect(await programFault(plan)).toBeUndefined();
    const run = await generateRun(
      plan,
      undefined,
      isInstalledDriver(driver) ? { carrier: startProgram } : {},
    );
    const { counts } = run.final;
    const about = JSON.stringify([run.final.cause, counts, books.told()]);
    expect(run.final.state, about).toBe("completed");
    // Nothing that was not asked, nothing answered that was not: the server's books bound the driver's.
    expect(counts.completed, about).toBeLessThanOrEqual(books.answered);
    expect(counts.completed, about).toBeGreaterThanOrEqual(
      books.answered - row.uncountedMax - run.final.inFlight,
    );
    expect(run.response.total, about).toBeLessThanOrEqual(counts.due + counts.errors.timeout);
    expect(run.final.source.exact, run.final.remarks.join(" ")).toBe(row.isExact);
    const deviations: Partial<Record<string, Deviation>> = row.deviations;
    (deviations[name] ?? each).holds(run, books);
  } finally {
    await server.stop();
  }
});

test.for(rows)("$driver sends what the plan says", async (row, context) => {
  const { driver, change } = row;
  await needed(driver, context);
  const server = await startScripted((socket) => void socket.write(ok));
  try {
    const plan = planFor(server.port, {
      driver,
      rate: 20,
      connections: 1,
      durationMs: 1_000,
      target: `http://127.0.0.1:${server.port}/a/b?c=%22d%22`,
      method: "POST",
      headers: [
        { name: "X-Quoted", value: 'a "b" \\ c' },
        { name: "Host", value: "shop.example" },
      ],
      // Nighthawk sends a body of its own making.
      body: driver === "nighthawk" ? "" : 'first "line"\nsecond \u00e9',
      ...change,
    });
    const run = await generateRun(
      plan,
      undefined,
      isInstalledDriver(driver) ? { carrier: startProgram } : {},
    );
    expect(run.final.state, run.final.cause).toBe("completed");
    expect(run.final.counts.completed).toBeGreaterThan(0);
    const received = Buffer.from(server.received(), "latin1").toString("utf8");
    expect(received).toMatch(/^POST \/a\/b\?c=%22d%22 HTTP\/1\.1\r\n/m);
    expect(received).toMatch(/^x-quoted: a "b" \\ c\r$/im);
    expect(received).toMatch(/^host: shop\.example\r$/im);
    expect(received).not.toMatch(/^host: 127/im);
    expect(received).toMatch(/^user-agent: tidemark/im);
    expect(received).toContain(`\r\n\r\n${plan.body}`);
  } finally {
    await server.stop();
  }
});
