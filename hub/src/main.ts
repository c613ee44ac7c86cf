#!/usr/bin/env node
// The hub and its command line: `tidemark hub` runs the hub, everything else talks to a running one.
import { runCli } from "./cli.ts";

process.exitCode = await runCli(process.argv);
