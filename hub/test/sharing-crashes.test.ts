// A hub that dies at any step of the sharing neither loses nor doubles nor changes a report, and opens no connection it should not:
// every single write is the last one, in turn.
import { type LedgerEntry, type SharingCatalogue, sharingCatalogue } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogueSha256 } from "../src/sharing/catalogue-hash.ts";
import type { Bucket } from "../src/state/bucket.ts";
import type { SharingState } from "../src/state/sharing.ts";
import type { Table } from "../src/state/table.ts";
import { openLedgerStore } from "../src/store/sharing-ledger.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";
import {
  type Clock,
  type Parts,
  changingAnswers,
  clear,
  dayMs,
  endMs,
  ledgerOf,
  nowhere,
  sendAll,
  startMs,
  startParts,
  yes,
} from "./sharing-parts.ts";
import { type ReportReceiver, startReportReceiver } from "./sharing-receiver.ts";
import { type OpenedEngine, openEngine } from "./store-engines.ts";

let broker: PlainBroker;
let engine: OpenedEngine;
beforeAll(async () => {
  broker = await startPlainBroker();
  engine = await openEngine("embedded");
});
afterAll(async () => {
  await engine.stop();
  await broker.stop();
});

class Died extends Error {}

/** Lets `writesMax` writes through; the one after it, and all that follow, never happen. */
function lifeOf(writesMax: number) {
  let writes = 0;
  const write = async <T>(work: () => Promise<T>): Promise<T> => {
    writes += 1;
    if (writes > writesMax) throw new Died();
    return await work();
  };
  /** The dead read nothing either: what they know they cannot act on. */
  const read = async <T>(work: () => Promise<T>): Promise<T> => {
    if (writes > writesMax) throw new Died();
    return await work();
  };
  const table = <T>(inner: Table<T>): Table<T> => ({
    ...inner,
    get size() {
      return inner.size;
    },
    fetch: (key) => read(() => inner.fetch(key)),
    create: (key, value) => write(() => inner.create(key, value)),
    async change(key, change) {
      // Only what is written counts: most looks change nothing.
      const held = await read(() => inner.fetch(key));
      if (change(held) === undefined) return held;
      return await write(() => inner.change(key, change));
    },
    remove: (key) => write(() => inner.remove(key)),
  });
  const bucket = (inner: Bucket): Bucket => ({
    ...inner,
    get: (key) => read(() => inner.get(key)),
    put: (key, value, revision) => write(() => inner.put(key, value, revision)),
    remove: (key) => write(() => inner.remove(key)),
  });
  const store = openLedgerStore(engine.database);
  return {
    isOver: () => writes > writesMax,
    writes: () => writes,
    store: {
      ...store,
      insert: (entries: Parameters<typeof store.insert>[0]) => write(() => store.insert(entries)),
    },
    wrap: (state: SharingState): SharingState => ({
      consents: table(state.consents),
      batches: table(state.batches),
      bucket: bucket(state.bucket),
      stop: () => state.stop(),
    }),
  };
}

interface World {
  readonly receiver: ReportReceiver;
  readonly clock: Clock;
  /** Of the receiver, when the first yes and the withdrawal had been answered. */
  readonly connections: { atYes: number; requestsAtWithdrawal: number };
  readonly answer: ReturnType<typeof changingAnswers>;
}

const questions = ["fleet.size", "network.size"];
/** Of these alone: every round looks at each question there is, and there are hundreds of rounds. */
const catalogue: SharingCatalogue = {
  ...sharingCatalogue,
  questions: sharingCatalogue.questions.filter(({ id }) => questions.includes(id)),
};
const leaveAll = ({ sharing }: Parts, { clock }: World) => sendAll(sharing, clock);

/** One operator's story, from the first yes to the last deletion: what is done anew after a death is what a person would do. */
const story: readonly ((parts: Parts, world: World) => Promise<void>)[] = [
  async ({ sharing }, { connections, receiver }) => {
    const { questions: all } = await sharing.overview();
    const open = questions.filter(
      (id) => all.find((each) => each.id === id)?.consent.state !== "yes",
    );
    if (open.length > 0) {
      connections.atYes = receiver.connections();
      await sharing.answer({ ...yes(...open), sha256: catalogueSha256(catalogue) }, "ada");
    }
  },
  async ({ sharing }, { clock }) => {
    clock.nowMs = Math.max(clock.nowMs, endMs + 60_000);
    await sharing.tick();
  },
  leaveAll,
  async ({ sharing }, { connections, receiver }) => {
    const ledger = await ledgerOf(sharing);
    if (!ledger.some(({ event }) => event === "withdrawn"))
      await sharing.withdraw({ delete: true }, "ada");
    connections.requestsAtWithdrawal = receiver.received.length;
  },
  leaveAll,
];

/** Lives the story, dying once after `writesMax` writes. Resolves to the number of writes of the first life. */
async function live(writesMax: number): Promise<{ writes: number; ledger: LedgerEntry[] }> {
  const receiver = await startReportReceiver();
  const world: World = {
    receiver,
    clock: { nowMs: startMs + 3 * dayMs },
    connections: { atYes: 0, requestsAtWithdrawal: 0 },
    answer: changingAnswers({ "fleet.size": 1, "network.size": 1 }),
  };
  // The first request of all is answered by nobody, so that there is a try again.
  receiver.instead = (nth) => (nth === 1 ? 503 : undefined);
  const start = (life: ReturnType<typeof lifeOf>) =>
    startParts(
      broker.connection,
      engine.database,
      {
        clock: world.clock,
        catalogue,
        answer: world.answer,
        settings: { ...nowhere, receiver: receiver.url, receiverKey: receiver.publicKey },
        store: life.store,
      },
      life.wrap,
    );
  let life = lifeOf(writesMax);
  let parts = await start(life);
  let writes = 0;
  for (const chapter of story) {
    await chapter(parts, world).catch((cause: unknown) => {
      if (!life.isOver()) throw cause;
    });
    writes = Math.max(writes, life.writes());
    if (!life.isOver()) continue;
    await parts.stop();
    life = lifeOf(Infinity);
    parts = await start(life);
    await chapter(parts, world);
  }
  const ledger = await ledgerOf(parts.sharing);
  await parts.stop();
  check(world, ledger);
  await receiver.stop();
  await clear(broker.connection, engine.database);
  return { writes, ledger };
}

function check({ receiver, connections }: World, ledger: readonly LedgerEntry[]): void {
  const of = (event: LedgerEntry["event"]) => ledger.filter((entry) => entry.event === event);
  expect(ledger.map(({ number }) => number)).toEqual(ledger.map((_, at) => at + 1));
  expect(connections.atYes).toBe(0);
  const later = receiver.received.slice(connections.requestsAtWithdrawal);
  expect(later.filter(({ path }) => path !== "/v1/delete")).toEqual([]);

  // Each question has one report, one text, one key, whatever its answers have become since.
  const reports = receiver.received.filter(({ path }) => path === "/v1/report");
  const keys = new Set(reports.map(({ publicKey }) => publicKey));
  expect(keys.size).toBe(questions.length);
  expect(new Set(reports.map(({ body }) => body.toString("latin1"))).size).toBe(questions.length);
  const texts = [...new Set(reports.map(({ text }) => text))].toSorted();
  for (const event of ["frozen", "sent"] as const)
    expect(
      of(event)
        .map(({ text }) => text)
        .toSorted(),
    ).toEqual(texts);
  for (const sent of of("sent"))
    expect(of("frozen").find(({ text }) => text === sent.text)?.number).toBeLessThan(sent.number);
  expect(
    of("answered")
      .map(({ question }) => String(question))
      .toSorted(),
  ).toEqual(questions);
  expect(of("withdrawn")).toHaveLength(1);
  expect(of("deletion-sent")).toHaveLength(questions.length);
  expect(of("given-up")).toEqual([]);
  expect(receiver.received.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
}

test(
  "whichever write is the last of a life, the next one ends the story the same",
  { timeout: 600_000 },
  async () => {
    const { writes } = await live(Infinity);
    expect(writes).toBeGreaterThan(40);
    for (let at = 0; at < writes; at += 1) {
      try {
        await live(at);
      } catch (cause) {
        throw new Error(`after ${at} writes`, { cause });
      }
    }
    console.log(`${writes} deaths, one after each write`);
  },
);
