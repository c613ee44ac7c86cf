// The carrier of installed programs: starts one at the plan's instant in a folder of its own, and makes reports of what it leaves
// behind. Whatever happens the program is gone and the folder removed before the carrier is.
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type GeneratorHealth,
  type InstalledDriver,
  type Source,
  isInstalledDriver,
} from "@tidemark/proto";
import {
  type Assignment,
  type Carrier,
  type CarrierEvents,
  type StartCarrier,
  unknownHealth,
} from "../carrier.ts";
import { PlanRejected } from "../drivers/driver.ts";
import { engineLimits } from "../limits.ts";
import { type Child, startChild } from "./child.ts";
import { programs } from "./index.ts";
import { type Installed, type InstalledPrograms, installedPrograms, missing } from "./installed.ts";
import { OutputRejected, type Measured } from "./program.ts";

/** A program that was told to stop and has not is killed so much before the run gives up on its result. */
const stopGraceMs = engineLimits.stopGraceMs - 150;
/** A program that is still there so long after its time is told to stop, with room left to hear its result. */
const overrunMs = engineLimits.overrunMs - 1_500;

export const startProgram: StartCarrier = (assignment, events) =>
  carryOut(assignment, events, installedPrograms);

/** `installed`: what this host has; replaced in tests. */
export function carryOut(
  assignment: Assignment,
  events: CarrierEvents,
  installed: () => Promise<InstalledPrograms>,
): Carrier {
  const { driver } = assignment.plan;
  const stopping = new AbortController();
  const killing = new AbortController();
  const carried = (async () => {
    if (!isInstalledDriver(driver)) throw new PlanRejected(`driver: ${driver} is no program`);
    const found = (await installed())[driver];
    if (found === undefined) throw new PlanRejected(missing(driver));
    await inFolder((folder) =>
      carry({
        driver,
        found,
        folder,
        assignment,
        events,
        stop: stopping.signal,
        kill: killing.signal,
      }),
    );
  })().catch((cause: unknown) => {
    events.failed(cause instanceof Error ? cause.message : String(cause));
  });
  return {
    stop: () => stopping.abort(),
    async terminate() {
      stopping.abort();
      killing.abort();
      await carried;
    },
  };
}

interface Carrying {
  readonly driver: InstalledDriver;
  readonly found: Installed;
  readonly folder: string;
  readonly assignment: Assignment;
  readonly events: CarrierEvents;
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

async function carry(carrying: Carrying): Promise<void> {
  const { driver, found, folder, assignment, events, stop, kill } = carrying;
  const program = programs[driver];
  const source = (measured: Measured["source"]): Source => ({
    generator: driver,
    version: found.version,
    ...measured,
  });
  const end = (cause: string, measured: Measured) =>
    events.report({
      kind: "ended",
      whole: cause === "" && !stop.aborted,
      cause,
      unsent: measured.unsent,
      inFlight: measured.inFlight,
      health: healthOf(measured),
      source: source(measured.source),
      remarks: measured.remarks,
    });
  const { args, files } = program.command(assignment);
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, name), content, { mode: 0o600, flag: "wx" });
  await until(assignment.startAtMs ?? 0, stop);
  if (stop.aborted) {
    end("it was stopped before it began", nothing);
    return;
  }
  const startedAtMs = Date.now();
  const child = startChild(found.path, args, folder);
  const release = holdTo(child, assignment.plan.durationMs, stop, kill);
  const ended = await child.ended;
  release();
  if (kill.aborted) return;
  if (ended.fault !== undefined) {
    end(`${driver}: ${ended.fault}`, nothing);
    return;
  }
  const isStopped = stop.aborted;
  const output = {
    ...ended,
    isStopped,
    startedAtMs,
    endedAtMs: Date.now(),
    lines: (name: string) => linesOf(join(folder, name)),
  };
  try {
    end("", await program.parse(output, assignment, (interval) => events.report(interval)));
  } catch (cause) {
    if (!(cause instanceof OutputRejected)) throw cause;
    end(cause.message, nothing);
  }
}

const nothing: Measured = {
  source: { exact: false, relativeErrorMax: null },
  unsent: 0,
  inFlight: 0,
  remarks: [],
};

function healthOf({ ownLateness }: Measured): GeneratorHealth {
  if (ownLateness === undefined || ownLateness.total === 0) return unknownHealth;
  return {
    ...unknownHealth,
    latenessP99Micros: ownLateness.percentile(99),
    latenessMaxMicros: ownLateness.max,
  };
}

/** Stops a program when told to or past its time, and kills one that does not stop. Returns how to let go of it. */
function holdTo(
  child: Child,
  durationMs: number,
  stop: AbortSignal,
  kill: AbortSignal,
): () => void {
  let grace: NodeJS.Timeout | undefined;
  const halt = () => {
    child.signal("SIGINT");
    grace ??= setTimeout(() => child.signal("SIGKILL"), stopGraceMs);
  };
  const end = () => child.signal("SIGKILL");
  const deadline = setTimeout(halt, durationMs + overrunMs);
  stop.addEventListener("abort", halt, { once: true });
  kill.addEventListener("abort", end, { once: true });
  if (stop.aborted) halt();
  if (kill.aborted) end();
  return () => {
    clearTimeout(deadline);
    clearTimeout(grace);
    stop.removeEventListener("abort", halt);
    kill.removeEventListener("abort", end);
  };
}

/** Waits for an instant, Unix ms, or for the signal. */
async function until(atMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = atMs - Date.now();
  if (waitMs <= 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", wake);
      resolve();
    }, waitMs);
    signal.addEventListener("abort", wake, { once: true });
  });
}

/** Runs `use` in a new folder that only this user can enter, and removes it. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-load-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* linesOf(path: string): AsyncIterable<string> {
  const file = await open(path).catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  });
  if (file !== undefined) yield* file.readLines();
}
