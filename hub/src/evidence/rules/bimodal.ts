// Two kinds of answers in one run. flagged: percentiles that fall between modes jump by chance, and a reader should know.
import { modesOf } from "../modes.ts";
import { type Rule, flagged } from "./rule.ts";
import { duration, percent } from "./words.ts";

export const bimodal = {
  name: "bimodal",
  judge({ record, histograms }) {
    // Different requests have different latencies.
    if (record.plan.requests !== undefined) return [];
    const modes = modesOf(histograms.response);
    if (modes.length < 2) return [];
    const said = modes.map(({ micros, share }) => `${percent(share)} around ${duration(micros)}`);
    return [flagged(`latencies have ${modes.length} modes: ${said.join(", ")}`)];
  },
} as const satisfies Rule;
