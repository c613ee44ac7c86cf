// A made-up agent as a test handles it: started, killed, started again, and at the end asked what it measured.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Program } from "../demo/program.ts";
import type { EnrolledHost, Stack } from "./stack.ts";
import type { SenderOptions } from "./stack-sender-options.ts";
import { until } from "./stack-until.ts";

export interface Sender {
  readonly host: EnrolledHost;
  readonly options: SenderOptions;
  /** The process as it is now. */
  program(): Program;
  journal(): Journal;
  /** Resolves when `count` more seconds are in its outbox. */
  progress(count: number): Promise<void>;
  /** SIGKILL, and again from where it was. */
  killAndStart(): Promise<void>;
  /** Sends what is left and ends; resolves to the last second it measured. */
  finish(): Promise<number>;
}

export interface Journal {
  /** Seconds that may have reached the outbox, and those that surely have. */
  readonly begun: ReadonlySet<number>;
  readonly kept: ReadonlyMap<number, string>;
  /** When the stream acknowledged a record, Unix ms, by `boot:seq`. */
  readonly ackedAtMs: ReadonlyMap<string, number>;
}

const finishMs = 60_000;

export async function startSender(
  stack: Stack,
  name: string,
  given: Partial<SenderOptions> & Pick<SenderOptions, "salt">,
): Promise<Sender> {
  const host = await stack.enrol(name);
  const options: SenderOptions = {
    dataDir: host.dataDir,
    outboxDir: host.dataDir,
    journal: join(stack.folder, `${name}.journal`),
    series: 40,
    everyMs: 50,
    // A whole day back, in a minute of its own: made-up seconds may pass faster than real ones.
    firstSecond: Math.floor(Date.now() / 60_000) * 60 - 86_400,
    bytesMax: 67_108_864,
    ...given,
  };
  const start = () =>
    stack.start(name, "deploy/e2e/stack-sender-program.ts", [], {
      TIDEMARK_TEST_SENDER: JSON.stringify(options),
    });
  const journal = () => readJournal(options.journal);
  let program = start();
  await program.firstLine;
  return {
    host,
    options,
    program: () => program,
    journal,
    async progress(count) {
      const before = journal().kept.size;
      await until(`${name}'s next ${count} seconds`, () => journal().kept.size >= before + count);
    },
    async killAndStart() {
      program.kill("SIGKILL");
      await program.ended;
      program = start();
      await program.firstLine;
    },
    async finish() {
      program.kill("SIGUSR2");
      await until(`${name}'s end: ${program.epitaph()}`, () => !program.lives, finishMs);
      return Math.max(...journal().begun);
    },
  };
}

function readJournal(file: string): Journal {
  const begun = new Set<number>();
  const kept = new Map<number, string>();
  const ackedAtMs = new Map<string, number>();
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  for (const line of text.split("\n")) {
    const [what, first = "", second = ""] = line.split(" ");
    if (what === "begun") begun.add(Number(first));
    else if (what === "kept") kept.set(Number(first), second);
    else if (what === "acked") ackedAtMs.set(first, Number(second));
  }
  return { begun, kept, ackedAtMs };
}
