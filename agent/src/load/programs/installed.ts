// Which load generators this host has. wrk2's executable is often called wrk as well, so each is asked who it is.
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import {
  type InstalledDriver,
  type LoadPlan,
  installedDrivers,
  isInstalledDriver,
} from "@tidemark/proto";
import { programs } from "./index.ts";
import type { Detection } from "./program.ts";

export interface Installed {
  readonly version: string;
  readonly path: string;
}
export type InstalledPrograms = Partial<Readonly<Record<InstalledDriver, Installed>>>;

export interface InstalledOptions {
  /** Folders to look in, as in PATH. */
  readonly search: string | undefined;
  /** Where a program is, in place of looking for it. */
  readonly paths: Partial<Readonly<Record<InstalledDriver, string>>>;
  /** ms, monotonic or not. */
  readonly now: () => number;
}

/** What is installed is looked at again after so long. */
const keptMs = 60_000;
const askedMsMax = 3_000;
const saidBytesMax = 65_536;

/** Looks for every program of the registry; what was found is kept for a minute. */
export function openInstalled(options: InstalledOptions): () => Promise<InstalledPrograms> {
  let kept: { readonly atMs: number; readonly found: Promise<InstalledPrograms> } | undefined;
  return () => {
    const atMs = options.now();
    if (kept === undefined || atMs - kept.atMs >= keptMs) kept = { atMs, found: find(options) };
    return kept.found;
  };
}

export const installedPrograms = openInstalled({
  search: process.env["PATH"],
  paths: {},
  now: Date.now,
});

/** Why this host cannot carry out a plan of an installed program; undefined when it can. Nothing of the plan is started. */
export async function programFault(
  plan: LoadPlan,
  installed: () => Promise<InstalledPrograms> = installedPrograms,
): Promise<string | undefined> {
  const { driver } = plan;
  if (!isInstalledDriver(driver)) return undefined;
  const fault = programs[driver].check(plan);
  if (fault !== undefined) return fault;
  return (await installed())[driver] === undefined ? missing(driver) : undefined;
}

/** That a program is not there, and how to get it. */
export function missing(driver: InstalledDriver): string {
  const { executables, install } = programs[driver].detection;
  return `driver: ${driver} is not installed on this host (${executables.join(" or ")} on the agent's PATH): ${install}`;
}

async function find({ search = "", paths }: InstalledOptions): Promise<InstalledPrograms> {
  const folders = search.split(delimiter).filter((folder) => folder !== "");
  const found = await Promise.all(
    installedDrivers.map(async (driver): Promise<[InstalledDriver, Installed | undefined]> => {
      const { detection } = programs[driver];
      const path = paths[driver];
      const candidates =
        path === undefined
          ? detection.executables.flatMap((name) => folders.map((folder) => join(folder, name)))
          : [path];
      return [driver, await firstThatIs(detection, candidates)];
    }),
  );
  return Object.fromEntries(found.filter(([, installed]) => installed !== undefined));
}

async function firstThatIs(
  detection: Detection,
  candidates: readonly string[],
): Promise<Installed | undefined> {
  for (const path of candidates) {
    const said = await ask(path, detection.versionArguments);
    const version = said === undefined ? undefined : detection.versionIn(said);
    if (version !== undefined) return { version, path };
  }
  return undefined;
}

/** What a program says to `args`, whatever it ends with; undefined when there is none to run. */
async function ask(path: string, args: readonly string[]): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
  } catch {
    return undefined;
  }
  return await new Promise((resolve) => {
    execFile(
      path,
      args,
      {
        timeout: askedMsMax,
        killSignal: "SIGKILL",
        maxBuffer: saidBytesMax,
        env: { PATH: process.env["PATH"] },
      },
      // wrk tells its version and ends with 1.
      (_, stdout, stderr) => resolve(`${stdout}\n${stderr}`),
    );
  });
}
