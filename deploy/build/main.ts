// npm run build [-- deb]: the bundled agent in agent/dist (the UI is built by the set-up before this), and its Debian package
// in deploy/dist.
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildAgent } from "./agent.ts";

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const say = (line: string) => process.stdout.write(`build: ${line}\n`);

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => name !== "deb");
if (unknown.length > 0) {
  process.stderr.write(`build: unknown ${unknown.join(", ")}; there is deb\n`);
  process.exit(2);
}
const files = await buildAgent(path("agent/dist"));
say(`the agent: ${files.length} files in agent/dist`);
if (wanted.includes("deb")) {
  const args = [
    path("deploy/deb/build.sh"),
    path("agent/dist"),
    process.execPath,
    path("deploy/dist"),
  ];
  say(execFileSync("sh", args, { encoding: "utf8" }).trim());
}
