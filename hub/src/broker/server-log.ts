// What the embedded nats-server prints, as entries of the hub's own log. Anybody who can reach the port can make it print,
// so lines are cut, counted and, past a rate, only counted; what looks like a token or a seed is blanked.
import type { Logger } from "pino";
import { selfTestName } from "./connection.ts";

export const serverLogLimits = {
  lineLengthMax: 512,
  /** Lines in one window; the rest of the window is told as a number. */
  linesMax: 50,
  windowMs: 10_000,
} as const;

export type Level = "debug" | "warn" | "error";

/** One line of `logtime: false` output: `[pid] [INF] text`. Its errors are mostly clients' errors, so only a fatal one is ours. */
export function parseServerLine(line: string): { readonly level: Level; readonly text: string } {
  const match = /^\[\d+\] \[(\w{3})\] (.*)$/.exec(line);
  const text = withoutSecrets(match?.[2] ?? line).slice(0, serverLogLimits.lineLengthMax);
  switch (match?.[1]) {
    case "FTL":
      return { level: "error", text };
    case "ERR":
    case "WRN":
      return { level: isExpected(text) ? "debug" : "warn", text };
    case undefined:
      // Before it has a logger it prints bare lines: why its configuration was refused.
      return { level: "warn", text };
    default:
      return { level: "debug", text };
  }
}

/** The hub's own stranger, turned away as it should be; and, at each change of claims, an account that is meant to have no streams. */
function isExpected(text: string): boolean {
  return text.includes(selfTestName) || text.includes("JetStream not enabled for account (10039)");
}

/** Takes lines, writes them to `log` no faster than the limits allow. */
export function serverLogger(log: Logger, now: () => number): (line: string) => void {
  let windowStartMs = 0;
  let lines = 0;
  return (line) => {
    const nowMs = now();
    if (nowMs - windowStartMs >= serverLogLimits.windowMs) {
      if (lines > serverLogLimits.linesMax)
        log.warn({ lines: lines - serverLogLimits.linesMax }, "broker log lines suppressed");
      windowStartMs = nowMs;
      lines = 0;
    }
    lines += 1;
    const { level, text } = parseServerLine(line);
    if (lines > serverLogLimits.linesMax && level !== "error") return;
    log[level]({ broker: text }, "broker said");
  };
}

function withoutSecrets(text: string): string {
  return text
    .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, "[jwt]")
    .replaceAll(/\bS[OAUNCX][A-Z2-7]{56}\b/g, "[seed]");
}
