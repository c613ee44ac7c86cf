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
  /** Resolves when `count` more records are in its outbox. */
  progress(count: number): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGKILL, and again from where it was. */
  killAndStart(): Promise<void>;
  /** Sends what is left and ends; resolves to the first second of its last record. */
  finish(): Promise<number>;
}

export interface Journal {
  /** First seconds of the records that may have reached the outbox. */
  readonly begun: ReadonlySet<number>;
  /** Those that surely have, by their first second. */
  readonly kept: ReadonlyMap<number, KeptRecord>;
}

/** Unix ms; `ackedAtMs` is undefined until the stream acknowledged it. */
export interface KeptRecord {
  readonly keptAtMs: number;
  readonly ackedAtMs: number | undefined;
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
    ticks: 1,
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
  async function kill(): Promise<void> {
    program.kill("SIGKILL");
    await program.ended;
  }
  return {
    host,
    options,
    program: () => program,
    journal,
    async progress(count) {
      const before = journal().kept.size;
      await until(`${name}'s next ${count} records`, () => journal().kept.size >= before + count);
    },
    kill,
    async killAndStart() {
      await kill();
      program = start();
      await program.firstLine;
    },
    async finish() {
      program.kill("SIGUSR2");
      await until(`${name}'s end: ${program.epitaph()}`, () => !program.lives, finishMs);
      // In the order of their making: a clock may have been ahead.
      return [...journal().begun].at(-1) ?? Number.NaN;
    },
  };
}

function readJournal(file: string): Journal {
  const begun = new Set<number>();
  const kept = new Map<number, { id: string; keptAtMs: number }>();
  const ackedAtMs = new Map<string, number>();
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  for (const line of text.split("\n")) {
    const [what, ...rest] = line.split(" ");
    const [first = "", second = "", third = ""] = rest;
    if (what === "begun") begun.add(Number(first));
    else if (what === "kept") kept.set(Number(first), { id: second, keptAtMs: Number(third) });
    else if (what === "acked" && !ackedAtMs.has(first)) ackedAtMs.set(first, Number(second));
  }
  const records = [...kept].map(
    ([second, { id, keptAtMs }]) => [second, { keptAtMs, ackedAtMs: ackedAtMs.get(id) }] as const,
  );
  return { begun, kept: new Map(records) };
}
