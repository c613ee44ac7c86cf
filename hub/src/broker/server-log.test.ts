import { pino } from "pino";
import { expect, test } from "vitest";
import { parseServerLine, serverLogLimits, serverLogger } from "./server-log.ts";

test.each([
  ["[12] [INF] Server is ready", "debug", "Server is ready"],
  [
    "[12] [WRN] Account [A]: JetStream not enabled for account (10039)",
    "debug",
    "Account [A]: JetStream not enabled for account (10039)",
  ],
  ["[12] [WRN] Filestore lost", "warn", "Filestore lost"],
  [
    "[12] [ERR] 10.0.0.1:5 - cid:6 - authentication error",
    "warn",
    "10.0.0.1:5 - cid:6 - authentication error",
  ],
  ["[12] [FTL] no disk", "error", "no disk"],
  ["nats-server: unknown field", "warn", "nats-server: unknown field"],
  [`[12] [ERR] bad eyJ0eXAi.eyJqdGki.c2ln and SU${"A".repeat(56)}`, "warn", "bad [jwt] and [seed]"],
])("%s is logged as %s", (line, level, text) => {
  expect(parseServerLine(line)).toEqual({ level, text });
});

test("a flood is cut to its limit, and told as a number", () => {
  const lines: { msg: string; lines?: number }[] = [];
  let nowMs = 1_000_000;
  const log = pino({ level: "debug" }, { write: (line) => void lines.push(JSON.parse(line)) });
  const said = serverLogger(log, () => nowMs);
  for (let line = 0; line < serverLogLimits.linesMax + 7; line += 1) said("[1] [ERR] knock");
  expect(lines).toHaveLength(serverLogLimits.linesMax);
  nowMs += serverLogLimits.windowMs;
  said("[1] [ERR] knock");
  expect(lines.at(-2)).toMatchObject({ msg: "broker log lines suppressed", lines: 7 });
});
