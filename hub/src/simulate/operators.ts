// `tidemark simulate operators`: many made-up operators whose reports go to a receiver the way real ones do: the same answers, keys,
// bodies and requests, one connection each. Only the waiting is left out.
import { createHash } from "node:crypto";
import { periodAt, periodSpan, sharingCatalogue, sharingLimits } from "@tidemark/proto";
import { pause } from "../pause.ts";
import { catalogueSha256 } from "../sharing/catalogue-hash.ts";
import { answersOf } from "../sharing/answers/answers.ts";
import { seal } from "../sharing/envelope.ts";
import { closedPeriod, textsOf } from "../sharing/freeze.ts";
import { keyOf } from "../sharing/keys.ts";
import { judged } from "../sharing/receipt.ts";
import { NoAnswer, post } from "../sharing/sender.ts";
import { shuffled } from "../shuffled.ts";
import { drawFrom } from "./operator-draw.ts";
import { makeOperator } from "./operator.ts";

export interface OperatorsOptions {
  /** The receiver's address, without a path. */
  readonly receiver: string;
  readonly count: number;
  /** Another seed, other operators; the same seed sends the same bytes again, which a receiver counts once. */
  readonly seed: number;
  /** The 28-day period in which the operators' sites began. */
  readonly firstPeriod: number;
  /** Reports are of each question's last period that has closed then, Unix ms. */
  readonly nowMs: number;
}

/** What has been sent so far. */
export interface OperatorsProgress {
  readonly operators: number;
  readonly reports: number;
  readonly received: number;
  /** By reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Given up after several tries. */
  readonly failed: number;
}

/** Operators whose reports are mixed with each other; their bodies are in memory at once. */
const mixedOperators = 50;
const connectionsMax = 16;
/** Doubled with each try. */
const retryMs = 50;

/** Sends every operator's reports, or stops when `signal` aborts; resolves to the totals. Throws when nothing answers at all. */
export async function simulateOperators(
  options: OperatorsOptions,
  signal: AbortSignal,
  progress: (state: OperatorsProgress) => void,
): Promise<OperatorsProgress> {
  const totals = { operators: 0, reports: 0, received: 0, failed: 0 };
  const refused: Record<string, number> = {};
  const state = () => ({ ...totals, refused: { ...refused } });
  const sha256 = catalogueSha256(sharingCatalogue);
  const sendAll = async (queue: Iterator<Sealed>) => {
    for (let next = queue.next(); next.done !== true && !signal.aborted; next = queue.next()) {
      const { body, text } = next.value;
      const outcome = await sent(options.receiver, body, text, signal);
      totals.reports += 1;
      if (outcome === "received") totals.received += 1;
      else if (outcome === "failed") totals.failed += 1;
      else refused[outcome] = (refused[outcome] ?? 0) + 1;
      if (totals.failed === connectionsMax && totals.received === 0)
        throw new Error(`the receiver does not answer: ${options.receiver}`);
    }
  };
  for (let from = 0; from < options.count && !signal.aborted; from += mixedOperators) {
    const some = Math.min(mixedOperators, options.count - from);
    const bodies = Array.from({ length: some }, (_, index) =>
      reportsOf(options, options.seed * 1_000_003 + from + index, sha256),
    ).flat();
    const draw = drawFrom(options.seed, from, 4);
    const queue = shuffled(bodies, (n) => Math.floor(draw() * n)).values();
    await Promise.all(Array.from({ length: connectionsMax }, () => sendAll(queue)));
    totals.operators += some;
    progress(state());
  }
  return state();
}

interface Sealed {
  readonly text: string;
  readonly body: Uint8Array;
}

/** All reports of one operator, each by a key of its own, out of a secret that is the operator's seed. */
function reportsOf(options: OperatorsOptions, operator: number, sha256: string): Sealed[] {
  const factsOf = makeOperator(operator, options.firstPeriod);
  const master = createHash("sha256").update(`simulated operator ${operator}`).digest();
  return sharingCatalogue.questions.flatMap((question) => {
    const period = closedPeriod(question, options.nowMs);
    const facts = factsOf(
      Math.max(
        options.firstPeriod,
        periodAt(28, periodSpan(question.periodDays, period).endMs - 1),
      ),
    );
    const { answers } = answersOf(question, facts);
    return textsOf(sharingCatalogue, question, period, answers).map((text, n) => ({
      text,
      body: seal(
        text,
        keyOf(master, { catalogueSha256: sha256, question: question.id, period, n }),
      ),
    }));
  });
}

/** `received`, `failed` after the tries a hub has too, or why the receiver refused it. */
async function sent(
  receiver: string,
  body: Uint8Array,
  text: string,
  signal: AbortSignal,
): Promise<string> {
  for (let tries = 1; tries <= sharingLimits.attemptsMax && !signal.aborted;) {
    try {
      const answer = await post(receiver, "report", body, { signal });
      const outcome = judged(answer, { kind: "report", text }, undefined);
      if (outcome.kind === "received") return "received";
      if (outcome.kind === "refused") return outcome.reason;
      // A receiver that says "slower" is there: it sets the pace.
      if (answer.status !== 429) tries += 1;
    } catch (cause) {
      if (!(cause instanceof NoAnswer)) throw cause;
      tries += 1;
    }
    await pause(retryMs * 2 ** tries, signal);
  }
  return "failed";
}
