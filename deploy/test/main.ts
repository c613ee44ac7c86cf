// npm test [-- filter …]: the whole suite, closing with the one line a reader or a CI looks for.
import process from "node:process";
import { startVitest } from "vitest/node";
import { closingLine, tally } from "./tally.ts";

// An ordinary user's PATH on Debian lacks the folder that holds nats-server.
process.env["PATH"] = `${process.env["PATH"] ?? ""}:/usr/sbin`;

const vitest = await startVitest("test", process.argv.slice(2), {
  config: new URL("vitest.config.ts", import.meta.url).pathname,
  watch: false,
});
const counts = tally(vitest.state.getTestModules(), vitest.state.getUnhandledErrors().length);
await vitest.close();
process.stdout.write(`\n${closingLine(counts)}\n`);
// Vitest sets its own exit code too, for what only it knows; a suite that ran nothing has not passed.
if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
