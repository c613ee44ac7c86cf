import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

/** A test file's text whose `does` happens on its first run only. */
const firstTime = (does: string) => `
  import { existsSync, writeFileSync } from "node:fs";
  const mark = import.meta.filename + ".ran";
  const isFirst = !existsSync(mark);
  writeFileSync(mark, "");
  test("stands", () => undefined);
  test("wavers", async () => {
    if (isFirst) { ${does} }
  });
`;
const passes = `test("stands", () => undefined);`;
const fails = `test("falls", () => expect(1).toBe(2));`;
const wavers = firstTime("expect(1).toBe(2);");

test("a file that passes alone counts as passed, and is named with what failed", async () => {
  const { output, errors, exitCode } = await run({ "a.test.ts": passes, "b.test.ts": wavers });
  expect(errors).toContain("expected 1 to be 2");
  expect(afterRuns(output)).toBe(
    "Flaky: failed beside the others, passed alone\n  b.test.ts\n    wavers\n\n3 passed, 0 failed\n",
  );
  expect(exitCode).toBe(0);
});

test("a file that fails twice has failed", async () => {
  const { output, exitCode } = await run({ "a.test.ts": fails, "b.test.ts": wavers });
  expect(afterRuns(output)).toContain("b.test.ts\n    wavers\n\n2 passed, 1 failed\n");
  expect(exitCode).toBe(1);
});

test.each([
  ["whose process died", "process.kill(process.pid, 'SIGKILL');", "wavers (cut off)"],
  [
    "with an error outside its tests",
    "void Promise.reject(new Error('lost')); await new Promise((done) => setTimeout(done));",
    "outside any test: lost",
  ],
])("a file %s is seen again", async (_, does, named) => {
  const { output, exitCode } = await run({ "a.test.ts": passes, "b.test.ts": firstTime(does) });
  expect(afterRuns(output)).toContain(named);
  expect(output).toMatch(/\n3 passed, 0 failed\n$/);
  expect(exitCode).toBe(0);
});

test("a file that did not load is seen again", async () => {
  const text = `${firstTime("")} if (isFirst) throw new Error("no such port");`;
  const { output, exitCode } = await run({ "a.test.ts": text });
  expect(afterRuns(output)).toContain("a.test.ts\n    no such port\n\n2 passed, 0 failed\n");
  expect(exitCode).toBe(0);
});

test("more failed files than the bound are a broken suite", async () => {
  const { output, exitCode } = await run({ "a.test.ts": wavers, "b.test.ts": wavers }, 1);
  expect(output).not.toContain("second look");
  expect(output).toMatch(/\n2 passed, 2 failed\n$/);
  expect(exitCode).toBe(1);
});

interface Ran {
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number | null;
}

/** Runs the suite's runner over a folder with these files. */
async function run(files: Readonly<Record<string, string>>, ...filesMax: readonly number[]) {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-second-look-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const program = fileURLToPath(new URL("second-look-program.ts", import.meta.url));
  return await new Promise<Ran>((resolve) => {
    const child = execFile(
      process.execPath,
      [program, folder, ...filesMax.map(String)],
      { cwd: folder },
      (_, output, errors) => resolve({ output, errors, exitCode: child.exitCode }),
    );
  });
}

/** From the heading of the flaky files on. */
const afterRuns = (output: string) => output.slice(output.indexOf("Flaky: "));
