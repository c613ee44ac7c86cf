import { afterAll, beforeAll, expect, test } from "vitest";
import { phone, settled } from "./chromium.ts";
import { idOf } from "./mock/fleet.ts";
import { startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

test("a test is started, watched second by second, and ends with a judged result", async () => {
  const { page, faults, context } = await harness.open("/run?target=http://127.0.0.1:9/");
  await page.getByLabel("Duration").fill("600");
  await page.getByText("for 10 min, 300,000 in all").waitFor();
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.waitForURL(/\/runs\/[a-z2-7]{16}$/);
  await page.getByRole("progressbar").waitFor();
  await page.getByText("response, last second").first().waitFor();
  await page.locator("dl.card dd", { hasText: /^500\/s$/ }).waitFor();
  harness.hub.finishRuns();
  await page.getByText("These numbers can be believed").waitFor();
  await page.getByRole("heading", { name: "Percentiles: response against service" }).waitFor();
  await page
    .getByRole("heading", { name: "rack-001 over the same seconds" })
    .or(page.getByRole("heading", { name: /over the same seconds/ }))
    .first()
    .waitFor();
  expect(await page.locator("figure").count()).toBeGreaterThan(10);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "HdrHistogram log" }).click();
  expect((await download).suggestedFilename()).toMatch(/^tidemark-[a-z2-7]{16}\.hlog$/);
  expect(faults).toEqual([]);
  await context.close();
});

test("a running test is cancelled by its button and says so", async () => {
  const { page, context } = await harness.open("/run?target=http://127.0.0.1:9/");
  await page.getByLabel("Duration").fill("60");
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.getByText("response, last second").first().waitFor();
  await page.locator("dl.card dd", { hasText: /^500\/s$/ }).waitFor();
  await page.getByRole("button", { name: "Cancel the test" }).click();
  await page.getByText(/it was stopped before its end/).waitFor();
  await context.close();
});

test("a run that waited for its connections says in plain words how to read it", async () => {
  const { page, context } = await harness.open(`/runs/${idOf("slow")}`);
  await page.getByText("Read with care: at times every connection was busy").waitFor();
  await context.close();
});

test("on a phone the list of runs still says which numbers not to trust", async () => {
  const { page, context } = await harness.open("/runs", { viewport: phone });
  const row = (name: string) =>
    page.locator("tbody tr", { has: page.locator(`a[href="/runs/${idOf(name)}"]`) });
  await row("failed").getByText("all failed").waitFor();
  await row("slow").getByText("queued").waitFor();
  const colour = (name: string) =>
    row(name)
      .locator(".mark i")
      .evaluate((mark) => getComputedStyle(mark).borderTopColor);
  expect(
    new Set([await colour("failed"), await colour("slow"), await colour("baseline")]).size,
  ).toBe(3);
  await context.close();
});

test("a run of one interval shows numbers, not charts of one dot", async () => {
  const { page, faults, context } = await harness.open(`/runs/${idOf("short")}`);
  const seconds = page.locator("section", {
    has: page.getByRole("heading", { name: "Second by second" }),
  });
  await seconds.getByText("The run was over within one interval").waitFor();
  await seconds
    .locator("dd", { hasText: /^800\/s$/ })
    .first()
    .waitFor();
  expect(await seconds.locator("canvas").count()).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
});

test("a chart whose every value is zero keeps both axes", async () => {
  const { page, context } = await harness.open(`/runs/${idOf("baseline")}`);
  const chart = page.locator("figure", {
    has: page.getByRole("heading", { name: "What went wrong" }),
  });
  await chart.scrollIntoViewIfNeeded();
  await settled(page);
  // Ink within the strip under the plot, right of the value axis: the labels of the times.
  const labelled = await chart.locator("canvas").evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) return 0;
    const ratio = canvas.width / canvas.clientWidth;
    const [left, height] = [60 * ratio, 18 * ratio];
    const strip = canvas
      .getContext("2d")
      ?.getImageData(left, canvas.height - height, canvas.width - left, height);
    return strip?.data.filter((value, index) => index % 4 === 3 && value > 0).length ?? 0;
  });
  expect(labelled).toBeGreaterThan(100);
  await context.close();
});

test("a degraded run names whom it lost, and can be seen through one agent", async () => {
  const { page, faults, context } = await harness.open(`/runs/${idOf("degraded")}`);
  await page.getByRole("alert").getByText("Degraded: mesh-001 (the hub was not heard").waitFor();
  await page.getByText("with less load than planned").waitFor();
  await page.getByRole("heading", { name: "The hosts over the same seconds" }).waitFor();
  const completed = page.locator("dt", { hasText: "Completed" }).locator("+ dd");
  const all = await completed.textContent();
  await page.getByRole("button", { name: "mesh-001" }).click();
  await page.waitForURL(/agent=/);
  await page.getByRole("heading", { name: "mesh-001 over the same seconds" }).waitFor();
  expect(Number(all?.replace(",", ""))).toBeGreaterThan(
    Number((await completed.textContent())?.replace(",", "")),
  );
  await page.goBack();
  await page.getByRole("button", { name: "All", pressed: true }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a search shows its answer, its steps, and whose step a run is", async () => {
  const { page, faults, context } = await harness.open(`/runs/${idOf("capacity")}`);
  await page.getByText("is the highest rate that met p99 ≤ 20 ms").waitFor();
  await page.getByRole("img", { name: /p99 by rate.*does not hold/ }).waitFor();
  const steps = page.getByRole("table", { name: "The rates tried" });
  expect(await steps.getByRole("row").count()).toBeGreaterThan(8);
  await steps.getByRole("link", { name: "6.4 k/s" }).click();
  await page.getByRole("link", { name: "a step of a search" }).click();
  await page.getByRole("heading", { name: "how much" }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a search is watched step by step and can be cancelled", async () => {
  const { page, context } = await harness.open("/run?preset=capacity&target=http://127.0.0.1:9/");
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.waitForURL(/\/runs\//);
  await page.getByText("Searching: one rate after the other is tried.").waitFor();
  await page.getByText(/^Trying .* The highest rate that held so far is/).waitFor();
  await page.getByRole("button", { name: "Cancel the test" }).click();
  await page.getByText("The search ended without an answer: cancelled by admin.").waitFor();
  await context.close();
});

test("a closed loop speaks of service times, an installed program of its error", async () => {
  const { page, context } = await harness.open(`/runs/${idOf("closed")}`);
  await page.getByText("service time, closed").first().waitFor();
  await page.getByText("Read the service time.").waitFor();
  await page.goto(`${harness.hub.url}/runs/${idOf("wrk2")}`);
  await page.getByText("wrk2 4.0.0, approximate: within 0.4 %").waitFor();
  await page.getByText("the server's certificate was not checked: wrk2 checks none").waitFor();
  await context.close();
});

test("the list says agents, driver and load in words, and leaves out the steps of searches", async () => {
  const { page, context } = await harness.open("/runs");
  const row = (name: string) =>
    page.locator("tbody tr", { has: page.locator(`a[href="/runs/${idOf(name)}"]`) });
  const cells = async (name: string) => (await row(name).locator("td").allTextContents()).join("|");
  await row("fleet").waitFor();
  expect(await cells("fleet")).toContain("3 agents|http1|400 → 800 → 1,600/s");
  expect(await cells("wrk2")).toContain("wrk2|800/s");
  expect(await cells("capacity")).toContain("capacity 3.34 k/s");
  expect(await cells("degraded")).toContain("degraded");
  expect(await page.getByText("how much, step").count()).toBe(0);
  await context.close();
});
