// How sharing with the maintainers stands, in words: for its page and for the settings. Pure.
import type { SharingOverview } from "@tidemark/proto";
import { formatCount, plural } from "./number.ts";

/** What is shared now, in one sentence or two. */
export function sharingInWords(overview: SharingOverview): string {
  const { questions, lock, receiver } = overview;
  const agreed = questions.filter(({ consent }) => consent.state === "yes").length;
  if (lock !== null) return "Locked: nothing is shared, whatever is answered.";
  if (agreed === 0) return "Nothing is shared: no question has a yes.";
  const share = `${formatCount(agreed)} of ${plural(questions.length, "question")} ${agreed === 1 ? "has" : "have"} a yes.`;
  return receiver === null ? `${share} Nothing is sent: no receiver is configured.` : share;
}
