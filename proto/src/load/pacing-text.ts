// A pacing in a few words, the same in every table, page and log.
import type { CapacitySearch, Pacing } from "./pacing.ts";

/** `100/s`, `10 → 500/s`, `8 clients, think 50 ms`. */
export function pacingText(pacing: Pacing | CapacitySearch): string {
  switch (pacing.kind) {
    case "constant":
      return `${rate(pacing.ratePerSecond)}/s`;
    case "ramp":
      return `${rate(pacing.fromPerSecond)} → ${rate(pacing.toPerSecond)}/s`;
    case "stages": {
      const rates = [pacing.fromPerSecond, ...pacing.stages.map(({ toPerSecond }) => toPerSecond)];
      const corners = rates.filter((each, at) => each !== rates[at - 1]).map(rate);
      const shown = corners.length > 6 ? [...corners.slice(0, 5), "…"] : corners;
      return `${shown.join(" → ")}/s`;
    }
    case "poisson":
      return `Poisson ${rate(pacing.ratePerSecond)}/s`;
    case "closed": {
      const clients = `${pacing.clients} ${pacing.clients === 1 ? "client" : "clients"}`;
      return pacing.thinkMs === 0 ? clients : `${clients}, think ${rate(pacing.thinkMs)} ms`;
    }
    case "max":
      return "as fast as possible";
    case "search":
      return `search ${rate(pacing.fromPerSecond)} to ${rate(pacing.toPerSecond)}/s`;
  }
}

/** Four digits at most; thousands in groups of three. */
function rate(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 4 });
}
