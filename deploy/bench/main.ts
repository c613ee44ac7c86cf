// npm run bench [-- suite …]: measures what the README claims. Prints one JSON line a suite, writes its part of results.md,
// and exits with 1 when a bar is missed.
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { machine } from "./result.ts";
import { withSection } from "./results-file.ts";
import { suites } from "./suites/index.ts";

const resultsFile = new URL("results.md", import.meta.url);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no suite ${unknown.join(", ")}; there are ${suites.map(({ name }) => name).join(", ")}\n`,
  );
  process.exit(2);
}
process.env["PATH"] = `${process.env["PATH"] ?? ""}:/usr/sbin`;

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopping.abort());

let missed = 0;
for (const suite of suites) {
  if (stopping.signal.aborted) break;
  if (wanted.length > 0 && !wanted.includes(suite.name)) continue;
  const progress = (text: string) => process.stderr.write(`bench ${suite.name}: ${text}\n`);
  try {
    const report = await suite.run(progress, stopping.signal);
    process.stdout.write(`${JSON.stringify({ suite: suite.name, results: report.results })}\n`);
    missed += report.results.filter(({ holds }) => !holds).length;
    const measuredOn = `${new Date().toISOString().slice(0, 10)}, ${machine()}`;
    const before = await readFile(resultsFile, "utf8");
    await writeFile(resultsFile, withSection(before, suite.name, report, measuredOn));
  } catch (cause) {
    // One suite that cannot measure must not hide what the others find.
    process.stderr.write(`bench ${suite.name}: could not measure: ${String(cause)}\n`);
    if (cause instanceof Error) process.stderr.write(`${cause.stack ?? ""}\n`);
    missed += 1;
  }
}
process.exitCode = missed > 0 ? 1 : 0;
