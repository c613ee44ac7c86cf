// Production agents are one bundled file, and their load threads a second one beside it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { RunFinal } from "@tidemark/proto";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assignmentOf, planFor } from "./generated.ts";
import { startScripted } from "./scripted-server.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidemark-bundle-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test.each([".js", ".mjs"])("the generator runs from a bundle of %s files", async (extension) => {
  const source = (name: string) => new URL(`../src/load/${name}`, import.meta.url).pathname;
  await build({
    entryPoints: { agent: source("run.ts"), "load-thread": source("thread.ts") },
    outdir: directory,
    outExtension: { ".js": extension },
    bundle: true,
    platform: "node",
    format: "esm",
    define: { TIDEMARK_AGENT_VERSION: '"0.0.0"' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  const bundle: typeof import("../src/load/run.ts") = await import(
    pathToFileURL(join(directory, `agent${extension}`)).href
  );
  const server = await startScripted(
    (socket) => void socket.write("HTTP/1.1 204 No Content\r\n\r\n"),
  );
  const finals: RunFinal[] = [];
  const run = bundle.startRun({
    assignment: assignmentOf(planFor(server.port, { precision: "precise" })),
    interval: () => undefined,
    final: (final) => finals.push(final),
    isKilled: () => false,
    now: Date.now,
  });
  await run.ended;
  await server.stop();
  expect(finals).toMatchObject([{ state: "completed", cause: "" }]);
  expect(finals[0]?.counts.completed).toBeGreaterThan(0);
});
