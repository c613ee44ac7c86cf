// The suite's runner over a folder given as the first argument, with a bound on files as the second: for the runner's tests.
import process from "node:process";
import { closingLine } from "./tally.ts";
import { runSuite } from "./second-look.ts";

const [root = ".", filesMax] = process.argv.slice(2);
const options = { root, config: false as const, globals: true, pool: "forks" as const };
const counts = await runSuite([], options, filesMax === undefined ? undefined : Number(filesMax));
process.stdout.write(`\n${closingLine(counts)}\n`);
