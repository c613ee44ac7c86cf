import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "./config.ts";
import { CommandFailed } from "./errors.ts";
import { runHub } from "./run.ts";

test("a hub whose lane ended is closed, and its program fails", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "tidemark-run-"));
  let stops = 0;
  const hub = {
    url: "http://127.0.0.1:1",
    initialPassword: undefined,
    laneFailed: Promise.resolve({ lane: "events" as const, cause: new Error("gone") }),
    stop: async () => void (stops += 1),
  };
  const env = { TIDEMARK_DATA_DIR: dataDir, TIDEMARK_LOG_LEVEL: "error" };
  try {
    const ended = runHub(loadConfig({ flags: {}, env }), async () => hub);
    await expect(ended).rejects.toThrow(CommandFailed);
    await expect(ended).rejects.toThrow("lane events ended: gone");
    expect(stops).toBe(1);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
