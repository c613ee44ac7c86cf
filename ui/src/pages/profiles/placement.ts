// Whom a profile would ask today. It runs later, so a selector that nobody matches now, or an agent that is away, is told and
// no fault. Pure.
import { parseSelector } from "@tidemark/proto";
import type { Draft } from "../load-form/draft.ts";
import { whoIsMeant, type Candidate, type Meant } from "../load-form/who.ts";

export function placementNow(
  draft: Pick<Draft, "who" | "agents" | "selector">,
  candidates: readonly Candidate[],
): Meant {
  const meant = whoIsMeant(draft, candidates);
  if (meant.kind === "agents") {
    const note = meant.note.replace("the test would be refused", "a run would be refused now");
    return { ...meant, note };
  }
  const isReadable = draft.who === "selector" && parseSelector(draft.selector).kind === "selector";
  if (!isReadable && (draft.who === "selector" || draft.agents.length === 0)) return meant;
  return {
    kind: "agents",
    agents: [],
    note: isReadable
      ? `${meant.reason} It is asked again at every run.`
      : "Agents of this profile are no longer enrolled.",
  };
}
