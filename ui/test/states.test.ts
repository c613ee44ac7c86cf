// Every page when there is nothing, when the hub fails, while it is slow, on a phone, and in either theme.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { layoutShift, overflow, phone, settled } from "./chromium.ts";
import { idOf } from "./mock/fleet.ts";
import { campaignIds } from "./mock/campaigns.ts";
import { machineList } from "./mock/profile-runs.ts";
import { profileIds } from "./mock/profiles.ts";
import { startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterEach(() => {
  harness.hub.mode = "normal";
});
afterAll(() => harness.stop());

const host = `/hosts/${idOf("rack-001")}`;
const compare = `/compare?campaign=${machineList.campaign}`;
const history = `/profiles/${machineList.id}/history`;
const profile = `/profiles/${profileIds.machines}`;
const campaign = `/campaigns/${campaignIds.judged}`;
const run = `/runs/${idOf("slow")}`;
/** Each page, and something that is there once it has loaded. */
const pages = [
  ["/", "tbody tr[aria-rowindex]"],
  [host, "figure canvas"],
  ["/run", "#target"],
  ["/runs", "tbody a"],
  [run, "figure canvas"],
  [`/runs/${idOf("degraded")}`, "figure canvas"],
  [`/runs/${idOf("capacity")}`, "figure svg"],
  [compare, "#stratum-1 svg"],
  ["/compare", "#compare-profile"],
  ["/board", "table button"],
  [history, "figure svg"],
  ["/profiles", "tbody a"],
  ["/profiles/new", "#target"],
  [`${profile}/edit`, "#target"],
  [profile, "tbody a"],
  [campaign, "ol a"],
  ["/schedules", "li h2"],
  ["/schedules/new", "#every-at"],
  ["/calendar?month=2026-11", "h1 ~ button"],
  ["/status", "dl"],
  ["/sharing", "article"],
  ["/sharing?tab=preview", "article"],
  ["/sharing?tab=sent", "tbody button"],
  ["/settings", "h2"],
] as const;

test.each([
  ["/", "No agent is enrolled yet"],
  ["/runs", "No test has been run yet"],
  ["/status", "Nothing has been refused since the hub started."],
  ["/settings", "There is no token yet."],
  ["/settings", "There is no webhook yet."],
  ["/compare", "There is no profile yet"],
  ["/board", "There is nothing to compare yet"],
  [history, "No run has this figure yet"],
  ["/profiles", "No profile yet"],
  ["/profiles?archived=1", "Nothing is archived"],
  [profile, "It has not been run yet."],
  ["/profiles/new?draft=imported", "The imported draft is no longer here"],
  ["/schedules", "Nothing runs by itself yet"],
  ["/schedules", "No hub leads now"],
  ["/schedules/new", "There is no profile to run"],
  ["/calendar", "Nothing ran and nothing will this month."],
  ["/run", "No agent is enrolled"],
  ["/sharing", "Nothing is shared: no question has a yes."],
  ["/sharing?tab=preview", "Nothing would be sent"],
  ["/sharing?tab=sent", "Nothing has been sent"],
  [host, "No samples within this window."],
])("an empty %s says what to do next", async (path, text) => {
  harness.hub.mode = "empty";
  const { page, context } = await harness.open(path);
  await page.getByText(text).first().waitFor({ state: "attached" });
  await context.close();
});

test.each([
  "/",
  "/runs",
  host,
  run,
  compare,
  "/compare",
  "/board",
  history,
  "/profiles",
  profile,
  `${profile}/edit`,
  campaign,
  "/schedules",
  "/schedules/new",
  "/calendar",
  "/status",
  "/run",
  "/sharing",
  "/sharing?tab=sent",
])("a failing hub is named on %s, and trying again helps", async (path) => {
  harness.hub.mode = "error";
  const { page, context } = await harness.open(path);
  await page.getByText("The database does not answer: connection refused.").first().waitFor();
  harness.hub.mode = "normal";
  await page.getByRole("button", { name: "Try again" }).first().click();
  await page
    .getByText("The database does not answer: connection refused.")
    .first()
    .waitFor({ state: "hidden" });
  await context.close();
});

test.each(pages)("nothing moves while %s loads from a slow hub", async (path, ready) => {
  harness.hub.mode = "slow";
  const { page, context } = await harness.open(path);
  await page.locator(ready).first().waitFor();
  await settled(page);
  expect(await layoutShift(page)).toBeLessThan(0.05);
  await context.close();
});

test.each(pages)("%s fits a phone without scrolling sideways", async (path, ready) => {
  const { page, faults, context } = await harness.open(path, { viewport: phone });
  await page.locator(ready).first().waitFor();
  expect(await overflow(page)).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
});

test("an open enrolment token can be made void, after a second press", async () => {
  const { page, faults, context } = await harness.open("/settings");
  await page.getByText("role=rack zone=ams-1").waitFor();
  await page.getByRole("button", { name: /^Make void the enrolment token/ }).click();
  await page.getByRole("button", { name: /^Really make void/ }).click();
  await page.getByText("None is open").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("the chosen theme holds before the first paint of the next visit", async () => {
  const { page, context } = await harness.open("/settings", { colorScheme: "light" });
  await page.getByRole("button", { name: "dark", exact: true }).click();
  const next = await context.newPage();
  await next.goto(`${harness.hub.url}/status`);
  expect(await next.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe(
    "dark",
  );
  await context.close();
});
