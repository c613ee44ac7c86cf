// Asks a short-lived process of this same program for the inventory, so that the running agent stays small.
import { execFile } from "node:child_process";
import { isSea } from "node:sea";
import type { Inventory } from "@tidemark/proto";

/** Reading hardware may wait for slow buses; past this the process is killed. */
const timeoutMs = 60_000;
const outputBytesMax = 1_048_576;

/** Rejects when the process fails, takes too long, or prints what is no inventory. */
export async function askInventory(command: readonly string[]): Promise<Inventory> {
  const [program = "", ...args] = command;
  const output = await new Promise<Buffer>((resolve, reject) => {
    const options = {
      // The programs systeminformation starts; nothing of the agent's own environment is theirs to see.
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
      timeout: timeoutMs,
      maxBuffer: outputBytesMax,
      killSignal: "SIGKILL",
      encoding: "buffer",
    } as const;
    execFile(program, args, options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
  const answer: unknown = JSON.parse(output.toString("utf8"));
  if (!isInventory(answer)) throw new Error("the program printed no inventory");
  return answer;
}

/** The answer is this program's own and the hub checks it by its schema: a schema here would cost the running agent 4 MB. */
function isInventory(answer: unknown): answer is Inventory {
  return typeof answer === "object" && answer !== null && "hostname" in answer;
}

/** This program with the argument `inventory`, however it was started: as sources, as one bundled file or as an executable. */
export function inventoryCommand(): readonly string[] {
  const script = process.argv[1];
  const entry = isSea() || script === undefined ? [] : [...process.execArgv, script];
  return [process.execPath, ...entry, "inventory"];
}
