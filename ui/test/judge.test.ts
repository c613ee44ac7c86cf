// Comparing, the release board and histories, as a reader uses them.
import { afterAll, beforeAll, expect, test } from "vitest";
import { overflow, phone, settled } from "./chromium.ts";
import { startHarness, type Harness } from "./harness.ts";
import { idOf } from "./mock/fleet.ts";
import { machineList } from "./mock/profile-runs.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const campaign = `/compare?campaign=${machineList.campaign}`;
const variants = (baseline: string, candidate: string) =>
  `/compare?${new URLSearchParams({ profile: machineList.id, baseline, candidate })}`;

test("a comparison says its verdict in a word and a sentence before anything else", async () => {
  const { page, faults, context } = await harness.open(campaign);
  const slower = page.locator("section", {
    has: page.getByRole("heading", { name: "dataset=1000" }),
  });
  await slower.getByText(/is \d+\.\d % slower at p50 \[/).waitFor();
  expect(await slower.locator("header").innerText()).toMatch(/^\S*\s*Regression/);
  // Never a p alone: the interval stands before it.
  const difference = slower.locator(".difference").first();
  expect(await difference.innerText()).toMatch(/\+\d.*\[\+\d.*\].*adjusted p/s);
  await page.getByRole("link", { name: /dataset=1000/ }).click();
  expect(new URL(page.url()).hash).toBe("#stratum-2");
  await page.getByRole("heading", { name: "The hosts meanwhile" }).waitFor();
  await page
    .getByRole("cell", { name: /^\+|^−/ })
    .first()
    .waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("every run is a dot, and one that does not count is hollow and says why", async () => {
  const { page, context } = await harness.open(
    variants("release=3.5,dataset=1000", "release=3.6,dataset=1000"),
  );
  const chart = page.getByRole("img", {
    name: /^p99\. 3\.5: median .* of 8 runs; 3\.6: .* 1 excluded/,
  });
  await chart.waitFor();
  expect(await chart.locator("circle").count()).toBe(16);
  expect(await chart.locator("circle.hollow").count()).toBe(1);
  expect(await chart.locator("circle.hollow title").textContent()).toContain("CPU was stolen");
  const runs = page.getByRole("table", { name: "Runs of both sides" });
  await runs.getByText("7.4 % of the CPU was stolen").waitFor();
  await page.getByRole("heading", { name: "Difference by percentile" }).waitFor();
  await runs.getByRole("link").first().click();
  await page.waitForURL(/\/runs\//);
  await context.close();
});

test("the sides are exchanged by a button, and the URL says so", async () => {
  const { page, context } = await harness.open(
    variants("release=3.5,dataset=1000", "release=3.6,dataset=1000"),
  );
  await page.getByText(/release=3\.6 is .* slower/).waitFor();
  await page.getByRole("button", { name: "Swap sides" }).click();
  await page.getByText(/release=3\.5 is .* faster/).waitFor();
  expect(new URL(page.url()).searchParams.get("baseline")).toBe("release=3.6,dataset=1000");
  await page.goBack();
  await page.getByText(/release=3\.6 is .* slower/).waitFor();
  await context.close();
});

test("what cannot be compared says what differs", async () => {
  const { page, context } = await harness.open(
    `/compare?baselineRun=${idOf("baseline")}&candidateRun=${idOf("closed")}`,
  );
  await page.getByText("Not comparable", { exact: true }).waitFor();
  await page.getByRole("heading", { name: "Why they cannot be compared" }).waitFor();
  await page.getByRole("cell", { name: "closed, 16 clients" }).waitFor();
  await context.close();
});

test("without anything to compare a profile and its variants are chosen", async () => {
  const { page, faults, context } = await harness.open(`/compare?profile=${machineList.id}`);
  await page.getByLabel("Baseline").waitFor();
  expect(await page.getByLabel("Candidate").inputValue()).toBe("release=3.6");
  await page.getByLabel("Candidate").fill("release=");
  await page.getByLabel("Candidate").press("Tab");
  await page.getByText("No present variant has these labels").waitFor();
  await page.getByLabel("Candidate").fill("release=3.6");
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.getByText("is the gravest of 2 verdicts").waitFor();
  await page.goto(`${harness.hub.url}${variants("release=3.5", "release=9")}`);
  await page.getByText("These cannot be compared").waitFor();
  await page.getByText(/No run of the candidate matches release=9/).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("runs are selected in the list and compared, the first as the baseline", async () => {
  const { page, context } = await harness.open(`/runs?profile=${machineList.id}`);
  const boxes = page.getByRole("checkbox", { name: /machine list, 3\.[56] at 1000/ });
  await boxes.first().check();
  await page.getByText("Select at least one more").waitFor();
  await boxes.nth(1).check();
  const first = await page.locator("tbody tr.selected th a").first().getAttribute("href");
  await page.getByRole("link", { name: "Compare", exact: true }).last().click();
  await page.waitForURL(/\/compare\?baselineRun=/);
  expect(new URL(page.url()).searchParams.get("baselineRun")).toBe(first?.split("/").at(-1));
  await page.getByText("Not enough runs", { exact: true }).first().waitFor();
  await context.close();
});

test("the board opens a cell by keyboard and leads on to its comparison", async () => {
  const { page, faults, context } = await harness.open("/board?baseline=3.1");
  await page.getByText("What changed most, for certain").waitFor();
  const reached = page.locator('table button[tabindex="0"]');
  expect(await reached.count()).toBe(1);
  await reached.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  const at = page.locator("table button:focus");
  expect(await at.getAttribute("data-row")).toBe("1");
  expect(await at.getAttribute("data-column")).toBe("9");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/than 3\.1\./).waitFor();
  expect(new URL(page.url()).searchParams.get("cell")).toContain("~3.10");
  const link = await dialog.getByRole("link", { name: "Compare with 3.1" }).getAttribute("href");
  expect(new URL(link ?? "", harness.hub.url).searchParams.get("baseline")).toContain(
    "release=3.1",
  );
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  expect(new URL(page.url()).searchParams.get("cell")).toBeNull();
  expect(faults).toEqual([]);
  await context.close();
});

test("on a phone the board's first column stays while the releases scroll", async () => {
  const { page, context } = await harness.open("/board", { viewport: phone });
  const first = page.locator("tbody th[scope=row]").first();
  await first.waitFor();
  const before = await first.boundingBox();
  await page.locator(".scroll").evaluate((box) => box.scrollTo(400, 0));
  expect((await first.boundingBox())?.x).toBe(before?.x);
  expect(await overflow(page)).toBe(0);
  await context.close();
});

test("a history marks releases and changes, and its runs are walked by the arrow keys", async () => {
  const { page, faults, context } = await harness.open(
    `/profiles/${machineList.id}/history?figure=p99`,
  );
  await page.getByRole("heading", { name: "History of MAAS machine list" }).waitFor();
  await page.getByText("p99 became 18 % slower").first().waitFor();
  await page.getByText("Coincides with kernel").first().waitFor();
  await settled(page);
  const chart = page.getByRole("group", { name: /dataset=1000: the arrow keys/ });
  await chart.focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.getByText(/, 3\.6, .*, suspect$/).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/runs\/[a-z2-7]{16}$/);
  await page.goBack();
  await page.getByRole("button", { name: "Capacity" }).click();
  await page.getByText("capacity is measured by searches alone").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a run's page says what it is worth as evidence, and takes a new name", async () => {
  const { page, faults, context } = await harness.open(`/runs/${idOf("machine list 3.6 1000 5")}`);
  await page.getByText("it is shown, and counts in no comparison").waitFor();
  await page.getByText("7.4 % of the CPU was stolen").waitFor();
  await page.getByText("The generating host gave its time to others").waitFor();
  expect(
    await page.getByRole("link", { name: "machine list", exact: true }).getAttribute("href"),
  ).toBe(`/profiles/${machineList.id}`);
  await page.getByRole("table", { name: "Means of host metrics over the run" }).waitFor();
  await page.getByRole("button", { name: "Rename the run" }).click();
  await page.getByLabel("Name of the run").fill("stolen by a neighbour");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "stolen by a neighbour" }).waitFor();
  expect(await page.getByRole("link", { name: "Make a profile of it" }).count()).toBe(0);
  await page.goto(`${harness.hub.url}/runs/${idOf("baseline")}`);
  await page.getByRole("link", { name: "Make a profile of it" }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a webhook is made with its secret shown once, tested and removed", async () => {
  const { page, faults, context } = await harness.open("/settings");
  await page.getByRole("button", { name: "New webhook" }).click();
  await page.getByLabel("Name").fill("board");
  await page.getByLabel("Address").fill("https://board.example/hook?key=secret");
  await page.getByLabel("Regression").check();
  await page.getByRole("button", { name: "Make the webhook" }).click();
  await page.getByText("tms_5hJ8wQvRz2Nc9Lx").waitFor();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByText("verdict (regression), suspect, schedule-failed").waitFor();
  expect(await page.getByText("key=secret").count()).toBe(0);
  await page.getByRole("button", { name: "Test the webhook board" }).click();
  await page.getByText("Delivered to board: 200 after 1 attempt").waitFor();
  await page.getByRole("button", { name: "Remove the webhook board" }).click();
  await page.getByRole("button", { name: "Really remove the webhook board" }).click();
  await page.getByText("https://board.example/hook").waitFor({ state: "hidden" });
  expect(faults).toEqual([]);
  await context.close();
});
