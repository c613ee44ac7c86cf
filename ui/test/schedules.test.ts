// Schedules and the calendar in a real browser: said in words, previewed, paused, removed, and found by day.
import { afterAll, beforeAll, expect, test } from "vitest";
import { phone } from "./chromium.ts";
import { startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const here = { timezoneId: "Europe/Berlin", locale: "en-GB" };
/** The present month is named by no URL. */
const november = new Date("2026-11-20T09:00:00Z");

test("the list says when in words, the next time in its zone and here, and who leads", async () => {
  const { page, faults, context } = await harness.open("/schedules", here);
  await page.getByText(/^Seen to by hub-1/).waitFor();
  const row = page.getByRole("listitem").filter({ hasText: "New York mornings" });
  await row.getByText("every Monday at 09:00").waitFor();
  await row.getByText(/^next Mon .* 09:00$/).waitFor();
  await row.getByText(/^here Mon .* 1[45]:00$/).waitFor();
  await row.getByText("could not start").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a schedule is built in words, previewed in its zone and here, and saved", async () => {
  const { page, faults, context } = await harness.open("/schedules/new", here);
  await page.getByLabel("Name").fill("Twice a week");
  await page.getByRole("button", { name: "Week", exact: true }).click();
  await page.getByRole("button", { name: "Thursday", exact: true }).click();
  await page.getByLabel("At", { exact: true }).fill("02:30, 14:30");
  await page.getByLabel("Time zone").fill("Asia/Tokyo");
  const next = page.locator("section", {
    has: page.getByRole("heading", { name: "The next five times" }),
  });
  await next.getByText("every Monday and Thursday at 02:30 and 14:30").waitFor();
  await next.getByRole("columnheader", { name: "here, Europe/Berlin" }).waitFor();
  await expect.poll(() => next.getByRole("row").count()).toBe(6);
  await page.getByLabel("At", { exact: true }).fill("25:00");
  await page.getByLabel("Name").focus();
  await page.getByText("25:00 is no time of day").waitFor();
  await page.getByLabel("At", { exact: true }).fill("14:30");
  await page.getByRole("button", { name: "As an expression" }).click();
  expect(await page.getByLabel("Cron expression").inputValue()).toBe("30 14 * * 1,4");
  await page.getByLabel("Cron expression").fill("61 2 * * *");
  await page.locator("[id='/cron-note']").getByText("A minute is 0 to 59, not 61.").waitFor();
  await page.getByLabel("Cron expression").fill("30 14 * * 1,4");
  await page.getByRole("button", { name: "Add a blackout" }).click();
  await page.getByLabel("Reason").fill("office hours");
  await page.getByRole("button", { name: "Save the schedule" }).click();
  await page.waitForURL(/\/schedules$/);
  await page
    .getByRole("listitem")
    .filter({ hasText: "Twice a week" })
    .getByText("every Monday and Thursday at 14:30")
    .waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a schedule is paused, resumed, run now, and removed after a second press", async () => {
  const { page, context } = await harness.open("/schedules", here);
  const row = page.getByRole("listitem").filter({ hasText: "Mesh, weekly" });
  await row.getByRole("button", { name: "Pause Mesh, weekly" }).click();
  await row.getByText("paused", { exact: true }).waitFor();
  await row.getByRole("button", { name: "Resume Mesh, weekly" }).click();
  await row.getByText(/^next Thu/).waitFor();
  await row.getByRole("button", { name: "Run Mesh, weekly now" }).click();
  await page.waitForURL(/\/campaigns\//);
  await page.goBack();
  const doomed = page.getByRole("listitem").filter({ hasText: "Before the release" });
  await doomed.getByRole("button", { name: "Remove Before the release" }).click();
  await doomed.getByRole("button", { name: "Really remove Before the release" }).click();
  await doomed.waitFor({ state: "hidden" });
  await context.close();
});

test("the calendar is walked by keys, the URL holds the day, and conflicts are words", async () => {
  const { page, faults, context } = await harness.open(
    "/calendar?month=2026-11&day=2026-11-11",
    here,
    november,
  );
  const grid = page.getByRole("grid");
  const day = (name: RegExp) => grid.getByRole("gridcell", { name });
  await day(/^Wed 11 Nov, 1 start/).focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/day=2026-11-12/);
  await day(/^Thu 12 Nov, \d starts, 2 in conflict/).waitFor();
  await page.getByText("conflict with Mesh, weekly on the same agents or target").waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.getByText("02:00 to 04:00 Europe/Amsterdam, backups run").waitFor();
  await page.keyboard.press("PageDown");
  await page.waitForURL(/month=2026-12/);
  await page.getByRole("heading", { name: "December 2026" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "November 2026" }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("on a phone the month is an agenda", async () => {
  const { page, context } = await harness.open(
    "/calendar?month=2027-03",
    { ...here, viewport: phone },
    november,
  );
  await page.getByRole("heading", { name: "Mon 1 Mar" }).waitFor();
  expect(await page.getByRole("grid").count()).toBe(0);
  await page.getByRole("button", { name: "The month after" }).click();
  await page.waitForURL(/month=2027-04/);
  await context.close();
});
