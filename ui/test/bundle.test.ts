// The first load stays small: what a browser fetches before a page shows, gzipped, and nothing of typebox in it.
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildUi } from "./harness.ts";

const limitBytes = 120_000;
/** What is aimed at; the margin is for pages to come. */
const aimBytes = 90_000;

let dist = "";
beforeAll(async () => {
  dist = await buildUi();
});
afterAll(() => rm(dist, { recursive: true, force: true }));

const scriptsOf = async () =>
  (await readdir(join(dist, "assets"))).filter((file) => file.endsWith(".js"));
const gzipped = async (file: string) => gzipSync(await readFile(join(dist, "assets", file))).length;

/** A script and everything it imports statically. */
async function closure(file: string, seen = new Set<string>()): Promise<Set<string>> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const code = await readFile(join(dist, "assets", file), "utf8");
  for (const [, imported] of code.matchAll(/(?:import|from)\s*"\.\/([^"]+\.js)"/g))
    if (imported) await closure(imported, seen);
  return seen;
}

test("the start and the heaviest page together stay within the first-load limit", async () => {
  const scripts = await scriptsOf();
  const entry = scripts.find((file) => file.startsWith("index-")) ?? "";
  const pages = scripts.filter((file) =>
    /^(Fleet|Host|Run|NewRun|Runs|Status|Sharing|Settings|Profiles|ProfileEditor|Profile|Campaign|Schedules|ScheduleEditor|Calendar|Compare|Board|History)-/.test(
      file,
    ),
  );
  expect(pages).toHaveLength(18);
  for (const page of pages) {
    const files = new Set([...(await closure(entry)), ...(await closure(page))]);
    let bytes = 0;
    for (const file of files) bytes += await gzipped(file);
    expect(bytes, page).toBeLessThan(aimBytes);
  }
  expect(aimBytes).toBeLessThan(limitBytes);
});

test("the schemas of the contract are not in the bundle", async () => {
  for (const file of await scriptsOf()) {
    const code = await readFile(join(dist, "assets", file), "utf8");
    expect(code, file).not.toMatch(/additionalProperties|\btypebox\b/i);
  }
});
