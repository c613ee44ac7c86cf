// A hub's schedules in a process of its own, to be killed. Argument: JSON of ChildOptions. Its clock runs `speed` times as fast as the
// wall's, so that a schedule of every minute fires often. Says when it leads; campaigns end as soon as they have begun.
import { connect } from "@nats-io/transport-node";
import { startLeader } from "../src/leader/leader.ts";
import { startParts } from "./schedule-parts.ts";

export interface ChildOptions {
  readonly url: string;
  readonly name: string;
  readonly fromMs: number;
  readonly speed: number;
  /** Dies by SIGKILL there, at its `at`th start. */
  readonly crash?: { readonly when: "claimed" | "started" | "recorded"; readonly at: number };
}

const options: ChildOptions = JSON.parse(process.argv[2] ?? "{}");
const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
const now = () => options.fromMs + Math.floor((Date.now() - options.fromMs) * options.speed);

let starts = 0;
const dieAt = (when: string) => {
  if (options.crash?.when === when && starts >= options.crash.at)
    process.kill(process.pid, "SIGKILL");
};

const connection = await connect({ servers: options.url, maxReconnectAttempts: -1 });
const leader = await startLeader(connection, { hub: options.name, now });
leader.onChange((leads) => say({ leads, atMs: Date.now() }));
await startParts(
  connection,
  { leader, now },
  {
    isInstant: true,
    beforeStart() {
      starts += 1;
      dieAt("claimed");
    },
    afterStart: () => dieAt("started"),
    afterRecord: () => dieAt("recorded"),
  },
);
say({ leads: leader.isLeader(), atMs: Date.now() });
