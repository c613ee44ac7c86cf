// The carrier of installed programs: what it starts, what it leaves behind, and how it ends whatever the program does.
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CarrierReport } from "../carrier.ts";
import { carryOut } from "./program-carrier.ts";
import { assignmentOf, planFor } from "../../../test/generated.ts";
import { readRecording } from "../../../test/recorded.ts";

const scratch = mkdtempSync(join(tmpdir(), "tidemark-carrier-"));
const before = process.env["TMPDIR"];
beforeAll(() => {
  process.env["TMPDIR"] = scratch;
});
afterAll(() => {
  if (before === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = before;
  rmSync(scratch, { recursive: true });
});

let stands = 0;
/** A shell script in place of wrk2, beside files of its own. */
function standIn(script: string): string {
  stands += 1;
  const path = join(scratch, `stand-in-${stands}`);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

interface Carried {
  readonly reports: readonly CarrierReport[];
  readonly failures: readonly string[];
}

/** Carries a plan out by a stand-in and waits until nothing of it is left. */
async function carried(
  path: string,
  steer: (carrier: { stop(): void; terminate(): Promise<void> }) => void = () => undefined,
  change: object = {},
): Promise<Carried> {
  const reports: CarrierReport[] = [];
  const failures: string[] = [];
  const plan = planFor(8_080, { driver: "wrk2", durationMs: 1_000, ...change });
  await new Promise<void>((resolve) => {
    const carrier = carryOut(
      assignmentOf(plan),
      {
        report(report) {
          reports.push(report);
          if (report.kind === "ended") void carrier.terminate().then(resolve);
        },
        failed(cause) {
          failures.push(cause);
          void carrier.terminate().then(resolve);
        },
      },
      async () => ({ wrk2: { version: "4.0.0", path } }),
    );
    steer(carrier);
  });
  return { reports, failures };
}

const folders = () => readdirSync(scratch).filter((name) => name.startsWith("tidemark-load-"));
const causeOf = ({ reports }: Carried) => {
  const last = reports.at(-1);
  return last?.kind === "ended" ? last.cause : undefined;
};
/** Repeats what wrk2 wrote. */
const replay = (name: string) => {
  const { stdout, exitCode } = readRecording("wrk2", name);
  return `cat <<'END'\n${stdout}\nEND\nexit ${exitCode ?? 0}`;
};

test("runs the program in a folder that only this user can enter, and removes it", async () => {
  const said = join(scratch, "said");
  const script = `{ pwd; stat -c '%a %n' . load.lua; env; cat /proc/self/stat | cut -d' ' -f5; } > ${said}\n${replay("ok")}`;
  const run = await carried(standIn(script));
  expect(causeOf(run)).toBe("");
  expect(run.reports.map(({ kind }) => kind)).toEqual(["interval", "ended"]);
  const told = readFileSync(said, "utf8");
  expect(told).toMatch(/^700 \.$/m);
  expect(told).toMatch(/^600 load\.lua$/m);
  // Nothing of our environment but the PATH; the shell sets PWD and the like itself.
  expect(told).not.toMatch(/TMPDIR|HOME|VITEST/);
  expect(folders()).toEqual([]);
});

test("says the version and how the program was found to be exact", async () => {
  const run = await carried(standIn(replay("ok")));
  expect(run.reports.at(-1)).toMatchObject({
    kind: "ended",
    whole: true,
    source: { generator: "wrk2", version: "4.0.0", exact: true },
  });
});

test.each([
  ["a word on standard error", `echo boom >&2\n${replay("ok")}`, /^wrk2 said: boom/],
  ["an exit in silence", "exit 3", /ended with 3/],
  ["an end by a signal", "kill -9 $$", /was killed/],
  ["output without end", "cat /dev/zero", /wrote more than 67108864 bytes/],
  ["garbage", "head -c 100000 /dev/urandom", /no line of its done\(\) hook/],
])("ends the run with one clear cause: %s", async (_, script, cause) => {
  const run = await carried(standIn(script));
  expect(causeOf(run) ?? run.failures[0]).toMatch(cause);
  expect(run.reports.filter(({ kind }) => kind === "ended").length + run.failures.length).toBe(1);
  expect(folders()).toEqual([]);
});

test("says so when the program cannot be started", async () => {
  const run = await carried(join(scratch, "none"));
  expect(causeOf(run) ?? run.failures[0]).toMatch(/wrk2/);
  expect(folders()).toEqual([]);
});

test("stops a program by SIGINT and takes what it then writes", async () => {
  const script = `trap 'stopped=1' INT\nwhile [ -z "$stopped" ]; do sleep 0.05; done\n${replay("sigint")}`;
  const run = await carried(standIn(script), (carrier) => setTimeout(() => carrier.stop(), 300));
  expect(run.reports.map(({ kind }) => kind)).toEqual(["interval", "ended"]);
  expect(run.reports.at(-1)).toMatchObject({ whole: false, cause: "" });
});

test("kills one that does not stop, with its children", async () => {
  const pids = join(scratch, "pids");
  const script = `trap '' INT\nsleep 60 &\necho "$$ $!" > ${pids}\nwhile :; do sleep 0.1; done`;
  const run = await carried(standIn(script), (carrier) => {
    const ready = setInterval(() => {
      if (!existsSync(pids) || readFileSync(pids, "utf8").trim() === "") return;
      clearInterval(ready);
      carrier.stop();
    }, 20);
  });
  expect(causeOf(run)).toMatch("killed before it wrote a result");
  for (const pid of readFileSync(pids, "utf8").trim().split(" "))
    expect(isAlive(Number(pid))).toBe(false);
  expect(folders()).toEqual([]);
});

test("starts nothing when it is stopped before its instant", async () => {
  const mark = join(scratch, "started");
  const path = standIn(`touch ${mark}`);
  const reports: CarrierReport[] = [];
  const assignment = {
    ...assignmentOf(planFor(8_080, { driver: "wrk2", durationMs: 1_000 })),
    startAtMs: Date.now() + 60_000,
  };
  const carrier = carryOut(
    assignment,
    { report: (report) => reports.push(report), failed: (cause) => expect(cause).toBe("") },
    async () => ({ wrk2: { version: "1", path } }),
  );
  setTimeout(() => carrier.stop(), 100);
  await expect.poll(() => reports.length).toBe(1);
  await carrier.terminate();
  expect(existsSync(mark)).toBe(false);
  expect(reports[0]).toMatchObject({ kind: "ended", whole: false });
  expect(folders()).toEqual([]);
});

test("dies with the agent, even when that is killed", async (context) => {
  try {
    execFileSync("setpriv", ["--version"]);
  } catch {
    context.skip("setpriv is not on the PATH: apt install util-linux");
  }
  const pids = join(scratch, "orphan");
  const path = standIn(`echo $$ > ${pids}\nexec sleep 60`);
  const child = new URL("./child.ts", import.meta.url).href;
  const agent = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import { startChild } from ${JSON.stringify(child)};
       startChild(${JSON.stringify(path)}, [], ${JSON.stringify(scratch)});
       setInterval(() => undefined, 1_000);`,
    ],
    { stdio: "ignore" },
  );
  await expect
    .poll(() => existsSync(pids) && readFileSync(pids, "utf8").trim(), { timeout: 30_000 })
    .toMatch(/^\d+$/);
  const pid = Number(readFileSync(pids, "utf8"));
  expect(isAlive(pid)).toBe(true);
  agent.kill("SIGKILL");
  await expect.poll(() => isAlive(pid), { timeout: 30_000 }).toBe(false);
});

/** Whether a process runs: one that waits to be reaped does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
