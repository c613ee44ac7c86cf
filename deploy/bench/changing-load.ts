// Something for a machine to do while it is measured: a small program that computes, writes and rests in turn, about a
// quarter of one core, so that counters move as on a host in use.
import { spawn } from "node:child_process";
import process from "node:process";

const program = `
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const folder = mkdtempSync(require("node:path").join(require("node:os").tmpdir(), "tidemark-load-"));
const bytes = Buffer.alloc(262144, 7);
let turn = 0;
const timer = setInterval(() => {
  turn += 1;
  const busyMs = 20 + 60 * Math.abs(Math.sin(turn / 40));
  const until = performance.now() + busyMs * (turn % 3 === 0 ? 1 : 0.3);
  while (performance.now() < until);
  if (turn % 7 === 0) writeFileSync(folder + "/" + (turn % 4), bytes);
}, 100);
process.stdin.resume().on("end", () => { clearInterval(timer); rmSync(folder, { recursive: true }); });
`;

export function startChangingLoad(): { stop(): Promise<void> } {
  const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "ignore", "inherit"] });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return {
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
