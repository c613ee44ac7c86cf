#!/usr/bin/env node
// The hub and its command line: `tidemark hub` runs the hub, everything else talks to a running one.
import { runCli } from "./cli.ts";

// A reader that has seen enough, such as head, ends the program as SIGPIPE would.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(141);
  });

process.exitCode = await runCli(process.argv);
