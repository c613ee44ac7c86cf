// A run that is not what its plan says. invalid: it ended early or lost an agent, so that another load was measured. flagged: only
// the picture second by second has holes; figures come from the agents' finals and hold.
import type { Rule } from "./rule.ts";
import { flagged, invalid } from "./rule.ts";

export const incomplete = {
  name: "incomplete",
  judge({ run }) {
    if (run.state !== "completed")
      return [invalid(`the run ended ${run.state}: ${run.cause || "no cause was given"}`)];
    if (run.search !== null && run.search.answerPerSecond === null)
      return [invalid(`the search has no answer: ${run.search.answer}`)];
    return run.spoiled.flatMap(({ code, detail }) => {
      switch (code) {
        case "interrupted":
        case "agents-lost":
          return [invalid(detail)];
        case "intervals-missing":
          return [flagged(`${detail}; figures are those of the whole run`)];
        default:
          return [];
      }
    });
  },
} as const satisfies Rule;
