// What a tried exchange says of itself: its phases as spans on one line, and whether it is what was wanted. Pure.
import type { TriedExchange } from "@tidemark/proto";
import type { ColourName } from "../../charts/colour-names.ts";

export interface Phase {
  readonly label: string;
  readonly colour: ColourName;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The phases that came to pass, one after the other. */
export function phasesOf({ timings }: Pick<TriedExchange, "timings">): readonly Phase[] {
  const ends = [
    { label: "Connect", colour: "line-4", toMs: timings.connectedMs },
    { label: "TLS", colour: "line-6", toMs: timings.tlsMs },
    { label: "Wait for the first byte", colour: "line-1", toMs: timings.firstByteMs },
    { label: "Receive", colour: "line-3", toMs: timings.endMs },
  ] as const;
  const phases: Phase[] = [];
  for (const { label, colour, toMs } of ends) {
    if (toMs === null) continue;
    const fromMs = phases.at(-1)?.toMs ?? 0;
    phases.push({ label, colour, fromMs, toMs: Math.max(fromMs, toMs) });
  }
  return phases;
}

export interface TriedOutcome {
  readonly tone: "good" | "warn" | "bad";
  readonly text: string;
}

export function outcomeOfTried({ error, expected, status }: TriedExchange): TriedOutcome {
  const named = status === null ? "an answer" : `status ${status}`;
  if (error !== null) return { tone: "bad", text: `No answer: ${error}` };
  return expected
    ? { tone: "good", text: `As expected: ${named}.` }
    : { tone: "warn", text: `Not what is expected: ${named}. It would be counted as unexpected.` };
}
