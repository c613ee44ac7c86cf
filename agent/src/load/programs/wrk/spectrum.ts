// The detailed percentile spectrum in wrk2's text: the only form in which it gives the uncorrected latency.
import { OutputRejected } from "../program.ts";
import { type Rebuilt, type Step, fromSteps } from "../output/weighted.ts";

const section = "Uncorrected Latency";
const heading = "Detailed Percentile spectrum:";
/** `Value Percentile TotalCount 1/(1-Percentile)`, the value in ms. */
const row = /^\s*(\d+\.\d+)\s+([01]\.\d+)\s+(\d+)\s+(?:\d+\.\d+|inf)\s*$/;

/** The uncorrected latencies; empty when there was no response. Throws OutputRejected and names the line. */
export function uncorrected(stdout: string): Rebuilt {
  const lines = stdout.split("\n");
  const from = lines.findIndex((line) => line.includes(section));
  const top = lines.findIndex((line, at) => at > from && line.includes(heading));
  if (from < 0 || top < 0) throw new OutputRejected(`wrk2 wrote no section "${section}"`);
  const steps: Step[] = [];
  let seen = 0;
  let lowest = 0;
  let last = -1;
  for (let at = top + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line.startsWith("#[")) return fromSteps(steps, lowest);
    if (line.trim() === "" || line.includes("TotalCount")) continue;
    const [, value, , cumulative] = row.exec(line) ?? [];
    const micros = Math.round(Number(value) * 1_000);
    const total = Number(cumulative);
    if (value === undefined || !Number.isSafeInteger(total) || micros < last || total < seen) {
      // A run without a response has one row of no numbers.
      if (steps.length === 0 && /^\s*(?:-?nan|0\.000)\b/.test(line)) continue;
      throw new OutputRejected(`wrk2's spectrum, line ${at + 1}: ${line.trim().slice(0, 100)}`);
    }
    if (steps.length === 0) lowest = micros;
    steps.push({ micros, count: total - seen });
    seen = total;
    last = micros;
  }
  throw new OutputRejected(`wrk2's spectrum has no end`);
}
