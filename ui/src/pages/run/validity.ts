// Whether a run can be believed, in one sentence, and what it is worth as evidence; why not, in plain words.
import type { Spoiler, Validity, ValidityRule } from "@tidemark/proto";
import { formatPercent } from "../../format/number.ts";
import { failedOf } from "./counts.ts";
import type { Part } from "./parts.ts";

type Trust = "sound" | "degraded" | "spoiled" | "unfinished" | "none";

/** What a reader is told first. */
export interface Statement {
  readonly trust: Trust;
  readonly sentence: string;
}

const meanings: Record<Spoiler["code"], string> = {
  "generator-limited": "the load generator itself was too slow",
  "connection-limited": "all connections were busy, so requests waited for one",
  "dropped-requests": "requests that were due were never sent",
  "rate-missed": "the planned rate was not reached",
  "all-errors": "no request got a response",
  interrupted: "it was stopped before its end",
  "intervals-missing": "some of its seconds never reached the hub",
  "agents-lost": "not every agent saw it through",
  "started-apart": "its agents did not start together",
  "clock-uncertain": "the agents' clocks could not be compared closely enough",
};

/** What a rule is about; a finding's own detail adds the figure and the threshold. */
export const ruleMeanings: Record<ValidityRule, string> = {
  incomplete: "The run did not complete, or lost an agent or some of its seconds.",
  generator:
    "The generator itself was at its limits, and what it measured may be its own slowness.",
  host: "The generating host gave its time to others: CPU stolen, pressure, throttling or swapping.",
  clock: "A clock was stepped, or the agents' clocks cannot be compared closely enough.",
  "warm-up": "The first part of the run differs from the rest: the target was still warming up.",
  unstable: "The level or the spread changed during the run, so that no one figure describes it.",
  errors: "Failures are fast: with so many of them the latencies say little.",
  tail: "Too few requests lie beyond a percentile to know it, so that it is withheld.",
  bimodal: "The latencies have two or more centres, such as a cache that hits and misses.",
  suspect: "The run is far outside the history of its profile; only a repetition shows why.",
};

/** What a run may be used for. */
export const evidenceWords = {
  valid: "it counts as evidence in comparisons",
  flagged: "it counts as evidence, with a caveat",
  invalid: "it is shown, and counts in no comparison",
} as const satisfies Record<Validity["level"], string>;

/** A spoiler in words; the hub's own detail adds the figures. */
const meaningOf = (spoiler: Spoiler): string => meanings[spoiler.code];

/** `validity` is that of the whole run, once it was judged: a generator that kept its schedule does not make a run evidence. */
export function statementOf(run: Part, validity: Validity | null = null): Statement {
  if (run.state === "pending")
    return { trust: "unfinished", sentence: "Waiting for the common start." };
  if (run.state === "running")
    return {
      trust: "unfinished",
      sentence: "Running: these numbers are provisional until the run ends.",
    };
  if (run.state === "refused")
    return { trust: "none", sentence: `The agent refused this test: ${ended(run.cause)}` };
  if (run.response.count === 0 && run.service.count === 0)
    return {
      trust: "none",
      sentence:
        run.cause === ""
          ? "No response was measured."
          : `No response was measured: ${ended(run.cause)}`,
    };
  if (run.spoiled.length > 0 && run.spoiled.every(({ code }) => code === "agents-lost"))
    return {
      trust: "degraded",
      sentence: "Measured soundly, with less load than planned: not every agent saw it through.",
    };
  if (onlyWaited(run))
    return {
      trust: "degraded",
      sentence:
        "Read with care: at times every connection was busy, and requests waited for one. Response counts that wait, as a user with so few connections would; service does not.",
    };
  if (run.spoiled.length > 0) {
    const reasons = run.spoiled.map(meaningOf);
    return { trust: "spoiled", sentence: `Do not trust these latencies: ${listed(reasons)}.` };
  }
  if (validity?.level === "invalid")
    return {
      trust: "degraded",
      sentence:
        "The generator kept its schedule, but this run is no evidence: something else spoiled it.",
    };
  return {
    trust: "sound",
    sentence: `These numbers can be believed: the generator kept its schedule and sent ${formatPercent(sentShare(run))} of what was due.`,
  };
}

/** Of a search, whose own numbers are its steps': undefined once it has its answer. */
export function statementOfSearch({ state, cause }: Part): Statement | undefined {
  if (state === "completed") return undefined;
  if (state === "pending" || state === "running")
    return { trust: "unfinished", sentence: "Searching: one rate after the other is tried." };
  const why = cause === "" ? "." : `: ${ended(cause)}`;
  return { trust: "none", sentence: `The search ended without an answer${why}` };
}

/** What a list says beside a run's state, with the colour the state takes from it. */
export interface Flag {
  readonly tone: "warn" | "bad";
  readonly word: string;
  /** The whole of it, in words. */
  readonly detail: string;
}

/** The worst to be said of an ended run; undefined while it goes, when its end says enough, and when all is well. */
export function flagOf(run: Part): Flag | undefined {
  const { state, counts } = run;
  if (state === "pending" || state === "running" || state === "refused" || counts.due === 0)
    return undefined;
  const failed = failedOf(counts);
  const share = `${formatPercent(Math.min(1, failed / counts.due))} of its requests failed`;
  if (counts.completed - counts.unexpected <= 0)
    return { tone: "bad", word: "all failed", detail: "no request was answered with success" };
  if (run.spoiled.length > 0)
    return {
      tone: "warn",
      word: run.spoiled.some(({ code }) => code === "agents-lost")
        ? "degraded"
        : onlyWaited(run)
          ? "queued"
          : "spoiled",
      detail: run.spoiled.map((each) => each.detail).join("; "),
    };
  return failed > 0 ? { tone: "warn", word: "errors", detail: share } : undefined;
}

/** Whether nothing else is to be said against a run than that its requests waited for a connection. */
const onlyWaited = ({ spoiled }: Part) =>
  spoiled.length > 0 && spoiled.every(({ code }) => code === "connection-limited");
const sentShare = ({ counts }: Part) =>
  counts.due === 0 ? 0 : Math.min(1, counts.sent / counts.due);
const ended = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

function listed(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? "";
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;
}
