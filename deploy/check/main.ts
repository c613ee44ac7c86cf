// npm run check: everything that needs no running program. One line a step with its time; what failed is shown in full.
import process from "node:process";
import { dependencies } from "./dependencies.ts";
import { type Step, commandStep } from "./step.ts";
import { tidy } from "./tidy.ts";

const node = (name: string, script: string, ...args: string[]) =>
  commandStep(name, process.execPath, [script, ...args]);

// The longest first, so that two at a time end together.
const steps: readonly Step[] = [
  node("svelte-check", "node_modules/svelte-check/bin/svelte-check", "--workspace", "ui"),
  dependencies,
  commandStep("oxlint", "oxlint", ["--type-aware", "--deny-warnings"]),
  node("tsc", "node_modules/@typescript/native/bin/tsc", "-p", "."),
  commandStep("knip", "knip", []),
  commandStep("oxfmt", "oxfmt", ["--check", "."]),
  tidy,
];
const stepsAtOnce = 2;
/** Against what hangs: on a busy machine the longest step takes two minutes. */
const stepTimeoutMs = 600_000;

const startedMs = performance.now();
const queue = [...steps];
let failures = 0;
await Promise.all(Array.from({ length: stepsAtOnce }, work));
const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
process.stdout.write(
  failures === 0
    ? `check: ${steps.length} steps hold, ${seconds} s\n`
    : `check: ${failures} of ${steps.length} steps failed, ${seconds} s\n`,
);
process.exitCode = failures === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) await carryOut(step);
}

async function carryOut(step: Step): Promise<void> {
  const beganMs = performance.now();
  const { passed, output } = await outcomeOf(step);
  const took = ((performance.now() - beganMs) / 1_000).toFixed(1);
  if (!passed) failures += 1;
  const text = output.trim();
  process.stdout.write(
    `${passed ? "ok    " : "FAILED"} ${step.name.padEnd(13)} ${took.padStart(5)} s\n${text === "" ? "" : `${text}\n`}`,
  );
}

async function outcomeOf(step: Step) {
  try {
    return await step.run(AbortSignal.timeout(stepTimeoutMs));
  } catch (cause) {
    return { passed: false, output: `${step.name} could not be run: ${String(cause)}` };
  }
}
