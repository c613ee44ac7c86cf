// What a newcomer does, in a real Chromium against the real demo: signs in, finds this machine, watches it live, runs a load
// test and reads its result.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type Page, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DemoFile } from "../demo/demo.ts";
import { agentOf, hubClient } from "../demo/hub-client.ts";
import {
  type DemoPlace,
  type DemoProcess,
  demoPlace,
  nothingRuns,
  startDemo,
} from "./demo-process.ts";

let place: DemoPlace;
let demo: DemoProcess;
let ready: DemoFile;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  place = await demoPlace();
  demo = startDemo(place);
  ready = await demo.ready();
  const found = execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser"]);
  browser = await chromium.launch({
    executablePath: found.toString().trim(),
    // Root cannot use Chromium's sandbox, and the only pages are our own.
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
  });
  page = await browser.newPage({ viewport: { width: 1366, height: 900 } });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("response", (response) => {
    // The first inventory and the first list of processes come some seconds after the first sample: until then there is none.
    const early = response.status() === 404 && /\/(inventory|processes)$/.test(response.url());
    if (response.status() >= 400 && !early) faults.push(`${response.status()} ${response.url()}`);
  });
});
afterAll(async () => {
  await browser.close();
  demo.child.kill("SIGINT");
  expect(await demo.ended).toBe(0);
  await nothingRuns(place.dataDir);
  place.remove();
});

test("signs in with the user and the password that the demo printed", async () => {
  await page.goto(ready.url);
  // The session was asked for and refused, as it should be.
  await page.getByLabel("User").waitFor();
  faults.length = 0;
  const password = readFileSync(join(place.dataDir, "password"), "utf8").trim();
  expect(demo.output()).toContain(password);
  await page.getByLabel("User").fill("admin");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  const agent = await agentOf(hubClient(ready.url, ready.token), ready.agentId);
  await page.getByRole("link", { name: agent.name }).first().waitFor();
});

test("finds this machine in the fleet and watches it second by second", async () => {
  const agent = await agentOf(hubClient(ready.url, ready.token), ready.agentId);
  await page.getByRole("link", { name: agent.name }).first().click();
  await page.waitForURL(new RegExp(`/hosts/${ready.agentId}`));
  await page.locator("figure canvas").first().waitFor();
  // A live stream, not a picture: the page hears of a second that began after it was opened.
  const openedAt = Math.floor(Date.now() / 1_000);
  const heard = await page.evaluate(
    async ({ agentId, after }) =>
      new Promise<boolean>((resolve, reject) => {
        const stream = new EventSource(
          `/api/v1/live?agent=${agentId}&metric=system.cpu.utilization`,
        );
        const late = setTimeout(() => reject(new Error("nothing heard in 15 s")), 15_000);
        stream.addEventListener("samples", (event) => {
          const { times } = JSON.parse((event as unknown as { data: string }).data) as {
            times: number[];
          };
          if (!times.some((time) => time > after)) return;
          clearTimeout(late);
          stream.close();
          resolve(true);
        });
      }),
    { agentId: ready.agentId, after: openedAt },
  );
  expect(heard).toBe(true);
});

test("runs a load test and reads a result that can be believed or says why not", async () => {
  await page.goto(`${ready.url}/run?agent=${ready.agentId}`);
  await page.getByLabel("Target URL").fill(ready.targetUrl);
  await page.getByLabel("Rate").fill("200");
  await page.getByLabel("Connections").fill("4");
  await page.getByLabel("Duration").fill("5");
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.waitForURL(/\/runs\/[a-z2-7]{16}$/);
  await page.getByRole("progressbar").waitFor();
  await page
    .getByText(/These numbers can be believed|Read with care|Do not trust these latencies/)
    .first()
    .waitFor({ timeout: 30_000 });
  await page.getByRole("heading", { name: "Percentiles: response against service" }).waitFor();
  await page
    .getByRole("heading", { name: /over the same seconds/ })
    .first()
    .waitFor();
  expect(await page.locator("figure").count()).toBeGreaterThan(5);
  expect(faults).toEqual([]);
});

test("tries a request once, then walks a stages preset by keyboard and finds its run", async () => {
  await page.goto(`${ready.url}/run?agent=${ready.agentId}`);
  const freezing = page.getByRole("button", { name: "a freezing server" });
  await freezing.click();
  // The port after the hub's may have been taken by somebody else.
  await page.getByLabel("Target URL").fill(`${ready.targetUrl}freeze?ms=300&every=2300`);
  await page.getByText(/ sends GET .*freeze/).waitFor();
  await page.getByRole("button", { name: "Try once" }).click();
  await page.getByText("As expected: status 200.").waitFor({ timeout: 30_000 });
  const response = page.getByLabel("The response as it was received");
  expect(await response.innerText()).toContain("hello from the target");

  // From here on without a mouse.
  const preset = page.getByRole("button", { name: "Spike" });
  await preset.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Spike", pressed: true }).waitFor();
  await typeInto("The usual load, requests a second", "40");
  await typeInto("Length of the preset in seconds", "6");
  await page.getByText(/stages in 6 s/).waitFor();
  await page.locator("summary", { hasText: /^Request/ }).focus();
  await page.keyboard.press("Enter");
  await typeInto("Name of the test", "a spike");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/runs\/[a-z2-7]{16}$/);
  await page.getByRole("heading", { name: "a spike" }).waitFor();
  await page
    .getByText(/These numbers can be believed|Read with care|Do not trust these latencies/)
    .first()
    .waitFor({ timeout: 60_000 });
  await page.getByRole("heading", { name: "Second by second" }).waitFor();
  await page.goto(`${ready.url}/runs`);
  await page.getByRole("link", { name: "a spike" }).waitFor();
  expect(faults).toEqual([]);
});

/** Types in place of what the field holds, as one does who never leaves the keyboard. */
async function typeInto(label: string, text: string): Promise<void> {
  await page.getByLabel(label).focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type(text);
}
