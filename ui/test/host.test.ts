import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { idOf } from "./mock/fleet.ts";
import { settled } from "./chromium.ts";
import { startHarness, type Harness } from "./harness.ts";

let harness: Harness;
const host = `/hosts/${idOf("rack-001")}`;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const chart = (page: Page, title: string) =>
  page.locator("figure", { has: page.getByRole("heading", { name: title, exact: true }) });
const query = (page: Page) => new URL(page.url()).searchParams;

test("charts draw, and a live one moves on by itself", async () => {
  const { page, faults, context } = await harness.open(host);
  const cpu = chart(page, "CPU");
  await cpu.locator("canvas").waitFor();
  const painted = await cpu.locator("canvas").evaluate((canvas) => {
    const image =
      canvas instanceof HTMLCanvasElement
        ? canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data
        : undefined;
    return image === undefined ? 0 : new Set(new Uint32Array(image.buffer)).size;
  });
  expect(painted).toBeGreaterThan(10);
  const ends = () =>
    page.evaluate(() => document.querySelector("figure")?.getAttribute("aria-label") ?? "");
  const before = await ends();
  await page.waitForFunction(
    (old) => document.querySelector("figure")?.getAttribute("aria-label") !== old,
    before,
    { timeout: 30_000 },
  );
  expect(faults).toEqual([]);
  await context.close();
});

test("live samples move the charts without fetching them again", async () => {
  const { page, context } = await harness.open(host);
  await chart(page, "CPU").locator("canvas").waitFor();
  await settled(page);
  const asked = () => harness.hub.asked.get("GET /api/v1/query/range") ?? 0;
  const before = asked();
  const label = () => page.locator("figure").first().getAttribute("aria-label");
  for (let seconds = 0; seconds < 2; seconds += 1) {
    const old = await label();
    await page.waitForFunction(
      (known) => document.querySelector("figure")?.getAttribute("aria-label") !== known,
      old,
    );
  }
  expect(asked()).toBe(before);
  await context.close();
});

test("one cursor: pointing at one chart shows the same moment in another", async () => {
  const { page, context } = await harness.open(`${host}?from=1000000000&to=1000000300`);
  await chart(page, "CPU").locator("canvas").waitFor();
  const legend = chart(page, "Load average").locator("li b").first();
  await legend.waitFor();
  const before = await legend.textContent();
  const box = await chart(page, "CPU").locator(".u-over").boundingBox();
  if (box === null) throw new Error("the chart has no plot");
  await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
  await page.waitForFunction(
    (old) =>
      [...document.querySelectorAll("figure")].some(
        (each) =>
          each.textContent?.includes("Load average") &&
          each.querySelector("li b")?.textContent !== old,
      ),
    before,
  );
  await chart(page, "CPU").locator("time").waitFor();
  await context.close();
});

test("dragging zooms every chart, the URL holds it, and back returns", async () => {
  const { page, context } = await harness.open(`${host}?range=1h`);
  const over = chart(page, "CPU").locator(".u-over");
  await over.waitFor();
  const box = await over.boundingBox();
  if (box === null) throw new Error("the chart has no plot");
  await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/from=\d+&to=\d+/);
  const seconds = Number(query(page).get("to")) - Number(query(page).get("from"));
  expect(seconds).toBeGreaterThan(700);
  expect(seconds).toBeLessThan(1_100);
  await page.getByRole("button", { name: "Zoom out" }).click();
  await page.waitForURL(/range=1h/);
  await page.getByRole("button", { name: "1 h", pressed: true }).waitFor();
  await context.close();
});

test("sections below the window are fetched when they come near", async () => {
  const { page, context } = await harness.open(host);
  await chart(page, "CPU").locator("canvas").waitFor();
  const asked = () => harness.hub.asked.get("GET /api/v1/query/range") ?? 0;
  const before = asked();
  await page.getByRole("heading", { name: "The agent itself" }).scrollIntoViewIfNeeded();
  await chart(page, "Sampling").locator("canvas").waitFor();
  expect(asked()).toBeGreaterThan(before);
  await page.getByRole("rowheader", { name: "postgres" }).waitFor();
  await page.getByText("Xeon E-2378G").waitFor();
  await page.getByText("collector failed").waitFor();
  await context.close();
});

test("a silence of the host is a gap in its table, not a number", async () => {
  // The mock is silent from second 210 to 240 of each ten minutes.
  const { page, context } = await harness.open(`${host}?from=1000000400&to=1000000450`);
  const cpu = chart(page, "CPU");
  await cpu.locator("canvas").waitFor();
  await cpu.hover();
  await cpu.getByRole("button", { name: "CPU as a table" }).click();
  const cells = await cpu.locator("td").allTextContents();
  expect(cells.filter((cell) => cell === "–").length).toBe(30);
  expect(cells.some((cell) => cell.endsWith("%"))).toBe(true);
  await context.close();
});

test("arrow keys read a chart without a pointer", async () => {
  const { page, context } = await harness.open(`${host}?from=1000000000&to=1000000100`);
  const plot = chart(page, "Load average").locator(".plot");
  await plot.locator("canvas").waitFor();
  await plot.focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() =>
    document.activeElement?.getAttribute("aria-label")?.includes("1 min "),
  );
  await context.close();
});

test("a custom range must end after it starts", async () => {
  const { page, context } = await harness.open(host);
  await page.getByRole("button", { name: /Custom/ }).click();
  await page.getByLabel("From", { exact: true }).fill("2025-01-02T10:00:00");
  await page.getByLabel("To", { exact: true }).fill("2025-01-02T09:00:00");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText("The end must be after the start.").waitFor();
  await page.getByLabel("To", { exact: true }).fill("2025-01-02T11:00:00");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.waitForURL(/from=\d+&to=\d+/);
  expect(Number(query(page).get("to")) - Number(query(page).get("from"))).toBe(3_600);
  await context.close();
});

test("a host that does not exist is said not to, and nothing more is asked about it", async () => {
  const { page, context } = await harness.open("/hosts/aaaaaaaaaaaaaaaa");
  await page.getByText("There is no such host").waitFor();
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("No such host");
  expect(await page.locator("figure, section").count()).toBe(0);
  expect(await page.getByRole("button", { name: /Custom/ }).count()).toBe(0);
  await page.getByRole("link", { name: "All hosts" }).click();
  await page.getByRole("heading", { level: 1, name: "Fleet" }).waitFor();
  await context.close();
});

test("while the hub is away a host's state is unknown, not online", async () => {
  const { page, context } = await harness.open(host);
  const head = page.locator(".who");
  await head.getByText("online").waitFor();
  await page.route("**/api/v1/live*", (route) => route.abort());
  harness.hub.endSessions();
  await head.getByText(/unknown\s*since \d\d:\d\d:\d\d/).waitFor();
  expect(await head.getByText("online").count()).toBe(0);
  await page.unroute("**/api/v1/live*");
  await head.getByText("online").waitFor();
  await context.close();
});
