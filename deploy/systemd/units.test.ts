// What systemd itself says of the units; only the programs they start are not there.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const exposureMax = 3;

/** The unit in a folder of its own, with a program that exists. */
function installed(unit: string, look: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-unit-"));
  try {
    const path = join(folder, unit);
    const text = readFileSync(new URL(unit, import.meta.url), "utf8");
    writeFileSync(path, text.replace(/^ExecStart=\S+/m, "ExecStart=/bin/true"));
    look(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.for(["tidemark-agent.service", "tidemark-hub.service"])("%s", (unit, context) => {
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0)
    context.skip("systemd-analyze is not installed");
  installed(unit, (path) => {
    const { stderr } = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
    expect(stderr.split("\n").filter((line) => line.includes(unit))).toEqual([]);
    const said = execFileSync("systemd-analyze", ["security", "--offline=true", path], {
      encoding: "utf8",
    });
    const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
    expect(exposure).toBeLessThanOrEqual(exposureMax);
  });
});
