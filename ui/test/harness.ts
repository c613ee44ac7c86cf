// What every browser test stands on: the built UI in a folder of its own, a mock hub that serves it, and Chromium.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { build } from "vite";
import { desktop, startChromium, visit, type Visit } from "./chromium.ts";
import { startMockHub, type MockHub, type MockOptions } from "./mock-hub.ts";

/** What a wait may take before it has failed: long, since a machine that runs other tests beside may be slow. */
const waitMs = 60_000;

export interface Harness {
  readonly hub: MockHub;
  readonly browser: Browser;
  /** The folder the UI was built into. */
  readonly dist: string;
  /** A page of a fresh browser profile, whose clock stands at `present` when that is given. */
  open(
    path: string,
    options?: Parameters<Browser["newContext"]>[0],
    present?: Date,
  ): Promise<Visit & { readonly context: BrowserContext }>;
  stop(): Promise<void>;
}

/** `vite build` into a folder of its own, so that test files may build side by side. */
export async function buildUi(): Promise<string> {
  const dist = await mkdtemp(join(tmpdir(), "tidemark-ui-"));
  // As it is released: the test runner's own mode would have it built for development.
  const mode = process.env["NODE_ENV"];
  process.env["NODE_ENV"] = "production";
  try {
    await build({
      configFile: join(import.meta.dirname, "../vite.config.ts"),
      logLevel: "error",
      build: { outDir: dist },
    });
  } finally {
    process.env["NODE_ENV"] = mode;
  }
  return dist;
}

export async function startHarness(options: Partial<MockOptions> = {}): Promise<Harness> {
  const dist = await buildUi();
  const hub = await startMockHub({ hosts: 40, open: true, dist, ...options });
  const browser = await startChromium();
  return {
    hub,
    browser,
    dist,
    async open(path, contextOptions = {}, present) {
      const context = await browser.newContext({ viewport: desktop, ...contextOptions });
      context.setDefaultTimeout(waitMs);
      context.setDefaultNavigationTimeout(waitMs);
      if (present !== undefined) await context.clock.setFixedTime(present);
      return { ...(await visit(context, hub.url + path)), context };
    },
    async stop() {
      await browser.close();
      await hub.stop();
      await rm(dist, { recursive: true, force: true });
    },
  };
}
