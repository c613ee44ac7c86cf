// A hub's sharing in a process of its own, to be killed. Argument: JSON of ChildOptions. Its clock stands in a file, so that the next one
// goes on from there: it jumps from one due instant to the next. Says when it has begun and when nothing waits any more.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { connect } from "@nats-io/transport-node";
import { openDatabase } from "../src/store/database.ts";
import { migrate } from "../src/store/migrate.ts";
import { defaultRetention } from "../src/store/retention.ts";
import {
  type Clock,
  changingAnswers,
  endMs,
  ledgerOf,
  nowhere,
  startParts,
  yes,
} from "./sharing-parts.ts";
import { silent } from "./store-engines.ts";

export interface ChildOptions {
  readonly broker: string;
  readonly database: string;
  readonly clockFile: string;
  readonly receiver: string;
  readonly receiverKey: string;
  /** Question → how many reports it has. */
  readonly shares: Readonly<Record<string, number>>;
  /** idle: nobody has answered. share: yes to the questions. withdraw: everything. */
  readonly does: "idle" | "share" | "withdraw";
}

const options: ChildOptions = JSON.parse(process.argv[2] ?? "{}");
const say = (what: "begun" | "done") => process.stdout.write(`${what}\n`);

const clock: Clock = { nowMs: Number(readFileSync(options.clockFile, "utf8")) };
function jumpTo(nowMs: number): void {
  clock.nowMs = nowMs;
  // Half a number would be another time.
  writeFileSync(`${options.clockFile}.new`, String(nowMs));
  renameSync(`${options.clockFile}.new`, options.clockFile);
}

const connection = await connect({ servers: options.broker, maxReconnectAttempts: -1 });
const database = await openDatabase({ path: options.database }, silent);
await migrate(database, defaultRetention);
const { receiver, receiverKey, shares } = options;
const { sharing } = await startParts(connection, database, {
  clock,
  answer: changingAnswers(shares),
  settings: { ...nowhere, receiver, receiverKey },
});
say("begun");
if (options.does === "share") {
  const { questions } = await sharing.overview();
  const open = questions.filter(({ id, consent }) => id in shares && consent.state !== "yes");
  if (open.length > 0) await sharing.answer(yes(...open.map(({ id }) => id)), "ada");
}
if (options.does === "withdraw") {
  const ledger = await ledgerOf(sharing);
  if (!ledger.some(({ event }) => event === "withdrawn"))
    await sharing.withdraw({ delete: true }, "ada");
}
// Who has not answered yet may do so after this life, in the same period.
if (options.does === "idle") clock.nowMs = endMs;
else jumpTo(Math.max(clock.nowMs, endMs));
for (;;) {
  await sharing.tick();
  const { nextSendMs } = await sharing.overview();
  if (nextSendMs === null) break;
  jumpTo(Math.max(clock.nowMs + 1, nextSendMs));
}
say("done");
