// The bundle does what the sources do, command by command, and an agent at rest loads no schema library.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildAgent } from "./agent.ts";

const directory = mkdtempSync(join(tmpdir(), "tidemark-bundle-"));
const script = join(directory, "tidemark-agent.mjs");
beforeAll(async () => {
  const files = await buildAgent(directory);
  expect(files.map((file) => file.split("/").at(-1))).toEqual(
    expect.arrayContaining(["tidemark-agent.mjs", "load-thread.mjs"]),
  );
});
afterAll(() => rmSync(directory, { recursive: true }));

const printed = (...args: string[]): unknown =>
  JSON.parse(execFileSync(process.execPath, [script, ...args], { encoding: "utf8" }));

test("every command answers", () => {
  expect(printed("check-config", "--json")).toMatchObject({ ok: true });
  expect(printed("list", "--json")).toMatchObject({ collectors: expect.any(Array) });
  expect(printed("once", "--json", "--collectors", "load")).toMatchObject({
    readings: expect.arrayContaining([
      expect.objectContaining({ metric: "system.cpu.load_average.1m" }),
    ]),
  });
  expect(printed("inventory")).toMatchObject({ hostname: expect.any(String) });
});

test("says what is wrong and exits with 1", () => {
  const run = spawnSync(process.execPath, [script, "run", "--data-dir", directory], {
    encoding: "utf8",
  });
  expect(run).toMatchObject({ status: 1, stdout: "" });
  expect(run.stderr).toContain("not enrolled");
});

test("the program itself holds no library that only some commands need", () => {
  const text = readFileSync(script, "utf8");
  expect(text).not.toContain("systeminformation");
  expect(text.length).toBeLessThan(100_000);
});
