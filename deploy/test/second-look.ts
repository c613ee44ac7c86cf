// A file that failed beside its neighbours runs once more, alone, and that run decides: a machine too busy for a moment
// does not make the suite red, and a defect fails twice. What passed only alone is named, since a flaky test is a bug.
import process from "node:process";
import { relative } from "node:path";
import { type Vitest, startVitest } from "vitest/node";
import { type Tally, tally } from "./tally.ts";

/** More failed files than this are a broken suite, not a busy machine: no second look. */
const filesAgainMax = 6;

type Options = NonNullable<Parameters<typeof startVitest>[2]>;

/** What vitest knows of a run that has ended. */
type Run = Pick<Vitest["state"], "getPaths" | "getTestModules" | "getUnhandledErrors">;

interface Failures {
  /** What failed in each file that did not pass, by the file's path. */
  readonly byFile: ReadonlyMap<string, readonly string[]>;
  /** Errors outside any test that belong to no file. */
  readonly strayErrors: number;
}

/**
 * Runs the tests whose paths contain one of the filters (all, without any) and the failed files a second time; a
 * `filesMax` of 0 leaves that out. process.exitCode stays as the last run of vitest set it.
 */
export async function runSuite(
  filters: readonly string[],
  options: Options,
  filesMax = filesAgainMax,
): Promise<Tally> {
  const first = await runOnce(filters, options);
  const failures = failuresOf(first);
  const files = [...failures.byFile.keys()];
  if (files.length === 0 || files.length > filesMax)
    return tally(first.getTestModules(), first.getUnhandledErrors().length);
  process.stdout.write(`\nA second look at what failed, one file at a time: ${files.length}\n`);
  // The first run's verdict, which the second run replaces.
  process.exitCode = undefined;
  const second = await runOnce(files, { ...options, fileParallelism: false });
  const seenAgain = new Set(second.getPaths());
  process.stdout.write(flakyReport(failures, failuresOf(second), seenAgain));
  return tally(
    [
      ...first.getTestModules().filter(({ moduleId }) => !seenAgain.has(moduleId)),
      ...second.getTestModules(),
    ],
    failures.strayErrors + second.getUnhandledErrors().length,
  );
}

async function runOnce(filters: readonly string[], options: Options): Promise<Run> {
  const vitest = await startVitest("test", [...filters], { ...options, watch: false });
  await vitest.close();
  return vitest.state;
}

/** Names what failed the first time in the files seen again that then passed; empty when there is none. */
function flakyReport(first: Failures, second: Failures, seenAgain: ReadonlySet<string>): string {
  const flaky = [...first.byFile].filter(
    ([file]) => seenAgain.has(file) && !second.byFile.has(file),
  );
  if (flaky.length === 0) return "";
  const lines = flaky.flatMap(([file, failed]) => [
    `  ${relative(process.cwd(), file)}`,
    ...failed.map((what) => `    ${what}`),
  ]);
  return `\nFlaky: failed beside the others, passed alone\n${lines.join("\n")}\n`;
}

/** Every file that did not pass, with what failed in it: tests, suites, its loading, errors outside a test, its process. */
function failuresOf(run: Run): Failures {
  const byFile = new Map<string, string[]>();
  const add = (file: string, ...failed: string[]) =>
    byFile.set(file, [...(byFile.get(file) ?? []), ...failed]);

  const unfinished = new Set(run.getPaths());
  for (const module of run.getTestModules()) {
    const state = module.state();
    if (state !== "queued" && state !== "pending") unfinished.delete(module.moduleId);
    if (state === "failed") add(module.moduleId, ...module.errors().map(firstLine));
    for (const suite of module.children.allSuites())
      for (const error of suite.errors())
        add(module.moduleId, `${suite.fullName}: ${firstLine(error)}`);
    for (const test of module.children.allTests("failed")) add(module.moduleId, test.fullName);
    for (const test of module.children.allTests("pending"))
      add(module.moduleId, `${test.fullName} (cut off)`);
  }
  for (const file of unfinished) add(file, "its process died");

  let deaths = unfinished.size;
  let strayErrors = 0;
  for (const error of run.getUnhandledErrors()) {
    const file = fileOf(error);
    if (file !== undefined) add(file, `outside any test: ${firstLine(error)}`);
    else if (isLostWorker(error) && deaths > 0) deaths -= 1;
    else strayErrors += 1;
  }
  return { byFile, strayErrors };
}

/** Vitest marks an error with the file whose process threw it. */
function fileOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("VITEST_TEST_PATH" in error))
    return undefined;
  return typeof error.VITEST_TEST_PATH === "string" ? error.VITEST_TEST_PATH : undefined;
}

/** The pool's error for a process that died or never started names no file: the unfinished ones are those. */
function isLostWorker(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("[vitest-pool]");
}

function firstLine(error: unknown): string {
  const hasMessage = typeof error === "object" && error !== null && "message" in error;
  return String(hasMessage ? error.message : error).split("\n", 1)[0] ?? "";
}
