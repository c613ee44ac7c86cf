// Percentiles that too few requests stand behind, or that lie past the histogram's end. They are withheld and the others
// count. noted where the run is only short, flagged where the histogram ends.
import { beyondMin, latencyFigures, withheldBecause } from "../figures.ts";
import { type Rule, flagged, noted } from "./rule.ts";

export const tail = {
  name: "tail",
  judge({ histograms: { response } }) {
    const withheld = (reason: "few" | "overflow") =>
      latencyFigures.filter((figure) => withheldBecause(response, figure) === reason);
    const few = withheld("few");
    const past = withheld("overflow");
    const found = [];
    const [first] = few;
    if (first !== undefined)
      found.push(
        noted(
          `${names(few)} withheld: of ${response.total} requests fewer than ${beyondMin} lie beyond; ${first.figure} needs ${Math.round(beyondMin / (1 - first.quantile))}`,
        ),
      );
    if (past.length > 0)
      found.push(flagged(`${names(past)} withheld: at an hour the histogram ends`));
    return found;
  },
} as const satisfies Rule;

const names = (withheld: readonly { readonly figure: string }[]) =>
  withheld.map(({ figure }) => figure).join(" and ");
