// What the release board costs, from the stored runs to the answer of the API.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import type { Part } from "../generate/part.ts";
import { result } from "../result.ts";
import type { BoardTiming } from "./board-timing.ts";

export const board: Part = {
  name: "board",
  async run({ progress, signal }) {
    progress("a board of 1,000 cells");
    const folder = await mkdtemp(join(tmpdir(), "tidemark-bench-"));
    try {
      const script = new URL("board-timing.ts", import.meta.url).pathname;
      const { stdout } = await promisify(execFile)(process.execPath, [script, folder], { signal });
      const timing: BoardTiming = JSON.parse(stdout);
      return {
        results: [
          result(
            `the release board of ${timing.cells} cells`,
            timing.boardMs,
            "ms",
            { atMost: 500 },
            { "of it the store": timing.storeMs },
          ),
        ],
        notes: [
          `Board: ${timing.runs} runs in the embedded database, read and judged anew each time.`,
        ],
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
