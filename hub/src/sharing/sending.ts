// One try of one report or one deletion: claimed in the record, sent, noted. Whoever dies between the claim and the note sends the same
// bytes again when their turn comes, and the receiver counts them once.
import type { KeyObject } from "node:crypto";
import type { Logger } from "pino";
import type { SharingState } from "../state/sharing.ts";
import { type Batch, type KeptReport, type Outcome, placeOf, textOf, waitingIn } from "./batch.ts";
import { begun, dropped, postponed, tried } from "./batch-changes.ts";
import type { Books, SharingTelemetry } from "./books.ts";
import { type BodyKind, seal } from "./envelope.ts";
import { keyOf, masterSecret } from "./keys.ts";
import { judged } from "./receipt.ts";
import { NoAnswer, post } from "./sender.ts";
import { redrawn } from "./timing.ts";
import { isIntended } from "./withdrawal.ts";

export interface SendingDeps {
  readonly books: Books;
  readonly bucket: SharingState["bucket"];
  /** Of the receiver, or of the relay before it. */
  readonly url: string;
  readonly receiverKey: KeyObject | undefined;
  readonly telemetry: Pick<SharingTelemetry, "refused">;
  readonly random: () => number;
  readonly now: () => number;
  readonly log: Logger;
}

export interface Item {
  readonly key: string;
  readonly n: number;
  readonly kind: BodyKind;
}

/** Tries the item if it is due. Aborted by `signal`, it is neither sent nor failed: its next instant comes. */
export async function tryItem(deps: SendingDeps, item: Item, signal: AbortSignal): Promise<void> {
  const { books, random, now } = deps;
  const { key, n, kind } = item;
  // What the ledger does not have yet must be there before anything leaves.
  await books.note(key);
  const batch = await books.batch(key);
  if (batch === undefined) return;
  const due = waitingIn(batch).find((each) => each.report.n === n && each.kind === kind);
  if (due === undefined || due.dueMs > now()) return;
  const untilMs = kind === "report" ? batch.giveUpMs : Infinity;
  const later = redrawn(due.dueMs, now(), untilMs, random());
  if (later !== undefined) {
    await books.change(key, (each) => postponed(each, n, kind, later));
    return;
  }
  if (kind === "report" && !(await mayLeave(deps, batch))) {
    await books.change(key, (each) => dropped(each, now(), "its yes no longer holds"));
    await books.note(key);
    return;
  }
  let isBegun = false;
  await books.change(key, (each) => {
    const after = begun(each, n, kind, now(), random());
    isBegun = after !== each;
    return after;
  });
  // Taken back in this very moment, by whichever hub.
  if (!isBegun) return;
  const outcome = await send(deps, batch, due.report, kind, signal);
  if (outcome === undefined) return;
  if (outcome.kind === "refused") deps.telemetry.refused(outcome.reason);
  await books.change(key, (each) => tried(each, n, kind, outcome, now()));
  await books.note(key);
}

/** As the broker has it now, whichever hub wrote it. */
export async function mayLeave(
  { books, bucket }: Pick<SendingDeps, "books" | "bucket">,
  batch: Batch,
): Promise<boolean> {
  return (await books.isCovered(batch)) && !(await isIntended(bucket));
}

/** Undefined when it was aborted. */
async function send(
  { url, receiverKey, bucket, log }: SendingDeps,
  batch: Batch,
  report: KeptReport,
  kind: BodyKind,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const text = textOf(report, kind);
  const body = seal(text, keyOf(await masterSecret(bucket), placeOf(batch, report)));
  if (signal.aborted) return undefined;
  const { question, period } = batch;
  try {
    const outcome = judged(await post(url, kind, body, { signal }), { kind, text }, receiverKey);
    const isReceived = outcome.kind === "received";
    const said = isReceived ? "" : outcome.said;
    log[isReceived ? "debug" : "warn"]({ question, period, kind, said }, "sharing tried");
    return outcome;
  } catch (cause) {
    if (!(cause instanceof NoAnswer)) throw cause;
    if (signal.aborted) return undefined;
    log.warn({ question, period, kind, said: cause.message }, "sharing tried");
    return { kind: "failed", status: null, said: cause.message };
  }
}
