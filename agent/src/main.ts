#!/usr/bin/env node
// The process: signals in, exit code out. 0 done, 1 refused with a reason, 2 wrong usage, 70 a bug, 141 nobody reads on.
import { failureOf } from "./exit.ts";
import { handoverVariable } from "./handover.ts";

const stop = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());

const args = process.argv.slice(2);
const script = process.argv[1] ?? "";
const handover = process.env[handoverVariable];
try {
  if (handover === undefined) {
    // A reader that has seen enough, such as head, ends the program as SIGPIPE would.
    for (const stream of [process.stdout, process.stderr])
      stream.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") throw error;
        process.exit(141);
      });
    const { runCli } = await import("./cli.ts");
    await runCli(args, script, stop.signal);
  } else {
    // Not for the children: for them it would be an unknown variable.
    delete process.env[handoverVariable];
    const { stay } = await import("./resident.ts");
    await stay(handover, script, stop.signal);
  }
  process.exitCode = 0;
} catch (cause) {
  const { exitCode, stdout, stderr } = failureOf(cause, args.includes("--json"));
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
}
