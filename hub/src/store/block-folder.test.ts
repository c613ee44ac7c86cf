import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { blockFolder } from "./block-folder.ts";

test("folders of dead hubs go at the next start, those of live ones stay", () => {
  const root = mkdtempSync(join(tmpdir(), "tidemark-block-folder-"));
  try {
    const shared = join(root, "shared");
    const [one, two] = [join(root, "one"), join(root, "two")];
    const dead = `tidemark-blocks-${spawnSync(process.execPath, ["-e", ""]).pid}-aaaaaa`;
    const foreign = "tidemark-blocks-notes";
    for (const folder of [one, two, join(shared, dead), join(shared, foreign)])
      mkdirSync(folder, { recursive: true });

    const first = basename(blockFolder(one, shared));
    const second = basename(blockFolder(two, shared));
    expect(readdirSync(shared).sort()).toEqual([first, second, foreign].sort());
    // The same data once more: what it left is known to be its own.
    const third = basename(blockFolder(one, shared));
    expect(readdirSync(shared).sort()).toEqual([second, third, foreign].sort());
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
