// The third part of the composition root: what is shared with the maintainers, once agreed to. It reads much and is read by the API alone.
import { randomInt } from "node:crypto";
import process from "node:process";
import type { NatsConnection } from "@nats-io/transport-node";
import type { SharingQuestion } from "@tidemark/proto";
import type { Logger } from "pino";
import type { Leader } from "./leader/leader.ts";
import { answersOf } from "./sharing/answers/answers.ts";
import type { Facts } from "./sharing/answers/facts.ts";
import { type FactsDeps, openFacts } from "./sharing/answers/gather.ts";
import type { Window } from "./sharing/freeze.ts";
import type { AnswerQuestion } from "./sharing/freezing.ts";
import type { SharingSettings } from "./sharing/settings.ts";
import { type Sharing, startSharing } from "./sharing/sharing.ts";
import { openSharingState } from "./state/sharing.ts";
import type { Database } from "./store/database.ts";
import { openLedgerStore } from "./store/sharing-ledger.ts";
import type { Telemetry } from "./telemetry.ts";
import { hubVersion } from "./version.ts";

export interface SharingParts extends Pick<
  FactsDeps,
  "agents" | "events" | "evidence" | "campaigns" | "profiles" | "usage"
> {
  readonly connection: NatsConnection;
  readonly database: Database;
  readonly leader: Leader;
  readonly settings: SharingSettings;
  readonly telemetry: Telemetry;
  readonly now: () => number;
  readonly log: Logger;
}

/** `opened` sees to it that a part is stopped, last opened first. */
export async function startSharingParts(
  parts: SharingParts,
  opened: <T extends { stop(): Promise<void> }>(part: T) => T,
): Promise<Sharing> {
  const { connection, database, leader, settings, telemetry, now } = parts;
  const log = parts.log.child({ part: "sharing" });
  const troubled = (what: string, err: unknown) => log.warn({ what, err }, "state troubled");
  const state = opened(await openSharingState(connection, { troubled }));
  const factsOf = openFacts({
    ...parts,
    tidemarkVersion: hubVersion,
    nodeVersion: process.versions.node,
  });
  return opened(
    await startSharing({
      state,
      store: openLedgerStore(database),
      settings,
      answer: answersFrom(factsOf),
      leader,
      telemetry: telemetry.sharing,
      random: unforeseeable,
      now,
      log,
    }),
  );
}

const randomSteps = 2 ** 47;
/** From 0 to below 1. Of the system's randomness: who could foresee an instant could tell whose report leaves then. */
const unforeseeable = () => randomInt(randomSteps) / randomSteps;

/** Windows whose facts are remembered: the questions of a round, or of a page, ask for the same few one after the other. */
const windowsMax = 3;
/** And no longer: facts of a large fleet are megabytes. */
const heldMs = 60_000;

function answersFrom(factsOf: (window: Window) => Promise<Facts>): AnswerQuestion {
  const held = new Map<string, Promise<Facts>>();
  return async (question: SharingQuestion, window: Window) => {
    const key = `${window.sinceMs} ${window.untilMs}`;
    let facts = held.get(key);
    if (facts === undefined) {
      const asked = factsOf(window);
      facts = asked;
      held.set(key, asked);
      // Not those that have taken its place meanwhile.
      const forget = () => held.get(key) === asked && held.delete(key);
      // What failed is asked for anew.
      asked.catch(forget);
      setTimeout(forget, heldMs).unref();
      for (const oldest of held.keys()) if (held.size > windowsMax) held.delete(oldest);
    }
    return answersOf(question, await facts);
  };
}
