import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openNonces } from "./nonces.ts";

const directory = mkdtempSync(join(tmpdir(), "tidemark-nonces-"));
const path = join(directory, "nonces");
afterEach(() => rmSync(path, { force: true }));

test("forgets expired nonces, and refuses new ones rather than valid ones", () => {
  const nonces = openNonces(path);
  for (let index = 0; index < 4_096; index += 1)
    expect(nonces.use(`n${index}`, 1_000, 0, "until-expiry")).toBe("fresh");
  expect(nonces.use("one more", 1_000, 1_000, "until-expiry")).toBe("full");
  expect(nonces.use("n7", 1_000, 1_000, "until-expiry")).toBe("used");
  expect(nonces.use("one more", 2_000, 1_001, "until-expiry")).toBe("fresh");
});

test("remembers lasting nonces past their expiry and over restarts, the newest 512 at least", () => {
  const nonces = openNonces(path);
  for (let index = 0; index < 1_025; index += 1)
    expect(nonces.use(`n${index}`, 1, 0, "lasting")).toBe("fresh");
  expect(readFileSync(path, "utf8").split("\n")).toHaveLength(513);
  const restarted = openNonces(path);
  expect(restarted.use("n1024", 10_000, 9_000, "lasting")).toBe("used");
  expect(restarted.use("n513", 10_000, 9_000, "lasting")).toBe("used");
  expect(restarted.use("n0", 10_000, 9_000, "lasting")).toBe("fresh");
});
