// The sharing without the rest of the hub: real broker and database, a receiver of the test's, a clock and randomness that tests set.
import type { NatsConnection } from "@nats-io/transport-node";
import {
  type LedgerEntry,
  type SharingAnswer,
  type SharingQuestion,
  labelsOf,
  periodSpan,
  sharingCatalogue,
} from "@tidemark/proto";
import type { AnswerQuestion } from "../src/sharing/freezing.ts";
import { catalogueSha256 } from "../src/sharing/catalogue-hash.ts";
import { type RunningSharing, type SharingDeps, startSharing } from "../src/sharing/sharing.ts";
import { type SharingState, openSharingState } from "../src/state/sharing.ts";
import type { Database } from "../src/store/database.ts";
import { openLedgerStore } from "../src/store/sharing-ledger.ts";
import { silent } from "./store-engines.ts";

export const dayMs = 86_400_000;
/** A period of 28 days and one of 84 begin together here. */
export const period28 = 741;
export const startMs = periodSpan(28, period28).startMs;
export const endMs = periodSpan(28, period28).endMs;
export const sha256 = catalogueSha256(sharingCatalogue);

export interface Clock {
  nowMs: number;
}

/** `count` answers that the question knows, other ones at every call: what is frozen must not follow. */
export function changingAnswers(counts: Readonly<Record<string, number>>): AnswerQuestion {
  let calls = 0;
  return async (question) => {
    calls += 1;
    const count = counts[question.id] ?? 0;
    const answers = Array.from({ length: count }, (_, nth) => answerTo(question, calls + nth * 7));
    return { answers, silent: count === 0 ? "nothing is known" : "" };
  };
}

/** The `nth` of the answers the question can have, along its first field. */
export function answerTo(question: SharingQuestion, nth: number): SharingAnswer {
  return Object.fromEntries(
    question.fields.map(({ name, treatment }, at) => {
      const labels = labelsOf(treatment);
      return [name, labels[(at === 0 ? nth : Math.floor(nth / 3)) % labels.length] ?? ""];
    }),
  );
}

export interface Parts {
  readonly sharing: RunningSharing;
  readonly state: SharingState;
  stop(): Promise<void>;
}

export async function startParts(
  connection: NatsConnection,
  database: Database,
  deps: Partial<SharingDeps> & { readonly clock: Clock },
  wrap: (state: SharingState) => SharingState = (state) => state,
): Promise<Parts> {
  const { clock, settings, ...rest } = deps;
  const state = await openSharingState(connection);
  const sharing = await startSharing({
    state: wrap(state),
    store: openLedgerStore(database),
    settings: settings ?? nowhere,
    answer: changingAnswers({ "fleet.size": 1 }),
    leader: { isLeader: () => true },
    telemetry: { happened: () => undefined, refused: () => undefined, waiting: () => undefined },
    random: Math.random,
    now: () => clock.nowMs,
    // Rounds are asked for by the test.
    every: () => () => undefined,
    log: silent,
    ...rest,
  });
  return {
    sharing,
    state,
    async stop() {
      await sharing.stop();
      await state.stop();
    },
  };
}

export const nowhere: SharingDeps["settings"] = {
  lock: null,
  receiver: undefined,
  receiverKey: undefined,
  relay: undefined,
};

export const yes = (...questions: readonly string[]) => answersOf("yes", questions);
export const no = (...questions: readonly string[]) => answersOf("no", questions);
const answersOf = (answer: "yes" | "no", questions: readonly string[]) => ({
  sha256,
  answers: questions.map((question) => ({ question, answer })),
});

/** The whole ledger, oldest first. */
export async function ledgerOf(sharing: Pick<RunningSharing, "ledger">): Promise<LedgerEntry[]> {
  const all: LedgerEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await sharing.ledger(cursor, 100);
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all.toReversed();
}

/** Rounds, each at the next instant something is due, until nothing waits. */
export async function sendAll(sharing: RunningSharing, clock: Clock): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    await sharing.tick();
    const { nextSendMs } = await sharing.overview();
    if (nextSendMs === null) return;
    clock.nowMs = Math.max(clock.nowMs + 1, nextSendMs);
  }
  throw new Error("it sends for ever");
}

/** Forgets everything that was kept. */
export async function clear(connection: NatsConnection, database: Database): Promise<void> {
  const state = await openSharingState(connection);
  for (const [key] of state.consents.entries()) await state.consents.remove(key);
  for (const [key] of state.batches.entries()) await state.batches.remove(key);
  for (const key of await state.bucket.keys()) await state.bucket.remove(key);
  await state.stop();
  await database.command("TRUNCATE TABLE sharing_ledger");
}
