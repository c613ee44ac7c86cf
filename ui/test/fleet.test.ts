import { afterAll, beforeAll, expect, test } from "vitest";
import { signIn } from "./chromium.ts";
import { startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ hosts: 1_000, open: false });
});
afterAll(() => harness.stop());

test("a wrong password is refused in words, a right one opens the page that was asked for", async () => {
  const { page, context } = await harness.open("/runs");
  await page.getByLabel("User").fill("admin");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This user and password do not belong together.").waitFor();
  await signIn(page);
  await page.getByRole("heading", { name: "Runs" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/runs");
  await context.close();
});

test("a session that ends leads to the sign-in page and back to the same view", async () => {
  const { page, context } = await harness.open("/?show=online");
  await signIn(page);
  await page.getByRole("table").waitFor();
  harness.hub.endSessions();
  await page.getByText("Your session ended").waitFor();
  await signIn(page);
  await page.getByRole("button", { name: /^Online/, pressed: true }).waitFor();
  await context.close();
});

test("a thousand hosts: worst first, sorted, filtered and walked by keys, in the URL", async () => {
  const { page, faults, context } = await harness.open("/");
  await signIn(page);
  const rows = page.locator("tbody tr[aria-rowindex]");
  await rows.first().waitFor();
  expect(await rows.first().textContent()).toContain("offline");
  expect(await rows.count()).toBeLessThan(80);

  await page.getByRole("button", { name: "CPU" }).click();
  await page.locator('th.cpu[aria-sort="descending"]').waitFor();
  const values = await page
    .locator("td.cpu")
    .evaluateAll((cells) =>
      cells.slice(0, 20).map((cell) => Number.parseFloat(cell.textContent ?? "")),
    );
  expect(values).toEqual(values.toSorted((left, right) => right - left));
  expect(new URL(page.url()).searchParams.get("sort")).toBe("cpu");

  await page.keyboard.press("/");
  await page.keyboard.type("role=rack zone=ams-1");
  await page.getByText(/^\d+ of 1,000 hosts/).waitFor();
  expect(new URL(page.url()).searchParams.get("q")).toBe("role=rack zone=ams-1");
  const names = await page.locator("a[data-agent]").allTextContents();
  expect(names.every((name) => name.startsWith("rack-"))).toBe(true);

  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  const focused = await page.evaluate(() => document.activeElement?.textContent);
  expect(focused).toBe(names[0]);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: focused ?? "" }).waitFor();
  expect(page.url()).toContain("/hosts/");
  await page.goBack();
  await page.locator('th.cpu[aria-sort="descending"]').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("scrolling through a thousand rows never draws more than a screenful", async () => {
  const { page, context } = await harness.open("/");
  await signIn(page);
  await page.locator("tbody tr[aria-rowindex]").first().waitFor();
  const rows = await page.evaluate(async () => {
    const seen = new Set<string>();
    let drawnMax = 0;
    for (let step = 0; step < 200; step += 1) {
      scrollBy(0, 180);
      await new Promise(requestAnimationFrame);
      const drawn = document.querySelectorAll("tbody tr[aria-rowindex]");
      drawnMax = Math.max(drawnMax, drawn.length);
      for (const row of drawn) seen.add(row.getAttribute("aria-rowindex") ?? "");
    }
    return { seen: seen.size, drawnMax };
  });
  expect(rows.drawnMax).toBeLessThan(80);
  expect(rows.seen).toBeGreaterThan(500);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.locator('tr[aria-rowindex="1001"]').waitFor();
  await context.close();
});

test("a change of state arrives as an event", async () => {
  const { page, context } = await harness.open("/?q=rack-001");
  await signIn(page);
  await page.getByRole("row", { name: /online.*rack-001/ }).waitFor();
  harness.hub.setState(0, "stale");
  await page.getByRole("row", { name: /stale.*rack-001/ }).waitFor();
  harness.hub.setState(0, "online");
  await context.close();
});

test("an administrator gets the command that enrols an agent", async () => {
  const { page, context } = await harness.open("/");
  await signIn(page);
  await page.getByRole("button", { name: "Enrol an agent" }).click();
  await page.getByLabel("Labels").fill("role");
  await page.getByRole("button", { name: "Make the command" }).click();
  await page.getByText("“role” is not of the form key=value.").waitFor();
  await page.getByLabel("Labels").fill("role=rack");
  await page.getByRole("button", { name: "Make the command" }).click();
  await page.getByText("tidemark-agent enroll").waitFor();
  await page.getByText("tme_4Zk9QxVb2mR7", { exact: true }).waitFor();
  expect(await page.getByText("tidemark-agent enroll").textContent()).not.toContain("tme_");
  await context.close();
});

test("a viewer is offered nothing that the hub would refuse", async () => {
  const { page, context } = await harness.open("/");
  await signIn(page, "viewer");
  await page.locator("tbody tr[aria-rowindex]").first().waitFor();
  expect(await page.getByRole("button", { name: "Enrol an agent" }).count()).toBe(0);
  expect(await page.getByRole("link", { name: "Run a test" }).count()).toBe(0);
  await context.close();
});
