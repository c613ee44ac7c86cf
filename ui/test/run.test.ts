import { afterAll, beforeAll, expect, test } from "vitest";
import { phone, settled } from "./chromium.ts";
import { idOf } from "./mock/fleet.ts";
import { startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

test("faults of the form stand beside their fields, the hub's refusal too", async () => {
  const { page, faults, context } = await harness.open("/run");
  await page.getByText(/ sends GET /).waitFor();
  await page.getByLabel("Rate requests/s").fill("none");
  await page.getByLabel("Connections").fill("0");
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.getByText("A number from 0.001 to 1,000,000.").waitFor();
  await page.getByText("A whole number from 1 to 10,000.").waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("rate");
  await page.getByLabel("Rate requests/s").fill("300");
  await page.getByLabel("Connections").fill("4");
  await page.getByLabel("Target URL").fill("http://10.1.2.3/");
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.getByText("The agent's policy does not allow this target").waitFor();
  expect(await page.getByLabel("Target URL").getAttribute("aria-invalid")).toBe("true");
  expect(faults).toEqual([]);
  await context.close();
});

test("a test is started, watched second by second, and ends with a judged result", async () => {
  const { page, faults, context } = await harness.open("/run?target=http://127.0.0.1:9/");
  await page.getByLabel("Duration").fill("3");
  await page.getByText("for 3 s, 1,500 in all").waitFor();
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.waitForURL(/\/runs\/[a-z2-7]{16}$/);
  await page.getByRole("progressbar").waitFor();
  await page.getByText("response, last second").first().waitFor();
  await page.locator("dl.card dd", { hasText: /^500\/s$/ }).waitFor();
  await page.getByText("These numbers can be believed").waitFor({ timeout: 8_000 });
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

test("a spoiled run says in plain words why not to trust it", async () => {
  const { page, context } = await harness.open(`/runs/${idOf("slow")}`);
  await page.getByText("Do not trust these latencies: all connections were busy").waitFor();
  await context.close();
});

test("an earlier run fills the form of the next", async () => {
  const { page, context } = await harness.open(`/run?like=${idOf("slow")}`);
  await page.waitForFunction(
    () => document.querySelector<HTMLInputElement>("#rate")?.value === "1200",
  );
  expect(await page.getByLabel("Target URL").inputValue()).toBe("http://127.0.0.1:8080/slow");
  await context.close();
});

test("on a phone the list of runs still says which numbers not to trust", async () => {
  const { page, context } = await harness.open("/runs", { viewport: phone });
  const row = (name: string) =>
    page.locator("tbody tr", { has: page.locator(`a[href="/runs/${idOf(name)}"]`) });
  await row("failed").getByText("all failed").waitFor();
  await row("slow").getByText("spoiled").waitFor();
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
