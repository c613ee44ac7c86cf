// npm test [-- filter …]: the whole suite, closing with the one line a reader or a CI looks for.
import process from "node:process";
import { closingLine } from "./tally.ts";
import { runSuite } from "./second-look.ts";

// An ordinary user's PATH on Debian lacks the folder that holds nats-server.
process.env["PATH"] = `${process.env["PATH"] ?? ""}:/usr/sbin`;

const once = "--no-second-look";
const given = process.argv.slice(2);

const counts = await runSuite(
  given.filter((argument) => argument !== once),
  { config: new URL("vitest.config.ts", import.meta.url).pathname },
  given.includes(once) ? 0 : undefined,
);
process.stdout.write(`\n${closingLine(counts)}\n`);
// Vitest sets its own exit code too, for what only it knows; a suite that ran nothing has not passed.
if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
