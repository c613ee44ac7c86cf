// Profiles and campaigns in a real browser: found, written, imported, run, compared, exported.
import { afterAll, beforeAll, expect, test } from "vitest";
import { desktop, phone, signIn, visit } from "./chromium.ts";
import { campaignIds } from "./mock/campaigns.ts";
import { idOf } from "./mock/fleet.ts";
import { profileIds } from "./mock/profiles.ts";
import { startHarness, type Harness } from "./harness.ts";
import { startMockHub } from "./mock-hub.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const machines = `/profiles/${profileIds.machines}`;

test("the list is filtered by name, target and label, and the URL holds the filter", async () => {
  const { page, faults, context } = await harness.open("/profiles");
  await page.getByRole("link", { name: "Bookinfo through the mesh" }).waitFor();
  await page.getByLabel("Filter profiles").fill("dataset");
  await page.getByRole("link", { name: "Bookinfo through the mesh" }).waitFor({ state: "hidden" });
  await page.getByRole("link", { name: "MAAS machine list" }).waitFor();
  expect(new URL(page.url()).searchParams.get("q")).toBe("dataset");
  await page.getByLabel("Filter profiles").fill("");
  await page.getByRole("button", { name: "Archived" }).click();
  await page.getByRole("link", { name: "Login burst" }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a profile is written, its faults stand at their fields, and so do the hub's", async () => {
  const { page, faults, context } = await harness.open("/profiles/new");
  await page.getByRole("button", { name: "Save the profile" }).click();
  await page.getByText("A name, by which people will call it.").first().waitFor();
  await page.getByLabel("Name", { exact: true }).fill("MAAS machine list");
  await page.getByLabel("Target URL").first().fill("http://127.0.0.1:8080/items");
  await page.getByLabel("Find an agent").fill("rack-001");
  await page.getByRole("checkbox", { name: "rack-001" }).check();
  await page.getByRole("button", { name: "release", exact: true }).click();
  await page.getByRole("button", { name: "Add a variant" }).click();
  await page.getByLabel("release of variant 1").fill("3.5");
  await page.getByLabel("release of variant 2").fill("3.5");
  await page.getByText("The same labels as variant 1.").waitFor();
  await page.getByLabel("release of variant 2").fill("3.6");
  await page.getByText("The same labels as variant 1.").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Save the profile" }).click();
  await page.getByText("There is a profile named MAAS machine list already.").waitFor();
  expect(await page.getByLabel("Name", { exact: true }).getAttribute("aria-invalid")).toBe("true");
  await page.getByLabel("Name", { exact: true }).fill("Items");
  await page.getByRole("button", { name: "Save the profile" }).click();
  await page.waitForURL(/\/profiles\/[a-z2-7]{16}$/);
  await page.getByRole("heading", { name: "Items" }).waitFor();
  await page.getByText("rack-001 sends GET http://127.0.0.1:8080/items").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("an edit becomes the next revision, and what it changed is said", async () => {
  const { page, faults, context } = await harness.open(`/profiles/${profileIds.search}/edit`);
  await page.getByLabel("Description").fill("Another purpose.");
  await page.getByText(/runs each find a difference of/).waitFor();
  await page.getByRole("button", { name: "Save as revision 2" }).click();
  await page.getByText("What revision 2 changed").waitFor();
  await page.getByRole("definition").getByText("Another purpose.").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a draft of a run says what was not kept", async () => {
  const { page, context } = await harness.open(`/profiles/new?fromRun=${idOf("baseline")}`);
  await page.getByText("The value of the header Accept was not kept.").waitFor();
  expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("baseline");
  expect(await page.getByLabel("Target URL").first().inputValue()).toBe("http://127.0.0.1:8080/");
  await context.close();
});

test("another tool's document becomes drafts: one is saved, one is finished in the editor", async () => {
  const { page, faults, context } = await harness.open("/profiles?import=1");
  const dialog = page.getByRole("dialog", { name: "Import profiles" });
  await dialog.getByLabel("Document").fill("nonsense");
  await dialog.getByRole("button", { name: "Read it" }).click();
  await dialog.getByText("This is no document of Tidemark, SMP or Meshery").waitFor();
  await dialog.getByLabel("Document").fill("smp_version: v0.0.1");
  await dialog.getByRole("button", { name: "Read it" }).click();
  await dialog.getByText("SMP: 2 profiles.").waitFor();
  await dialog.getByText("SMP does not say who generates the load.").waitFor();
  const [first, second] = [
    dialog.getByRole("listitem").first(),
    dialog.locator(".drafts > li").nth(1),
  ];
  expect(await first.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
  await second.getByRole("button", { name: "Save" }).click();
  await second.getByRole("link", { name: "Saved: open it" }).waitFor();
  await first.getByRole("button", { name: "Open in the editor" }).click();
  await page.waitForURL(/\/profiles\/new\?draft=imported$/);
  expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe(
    "Istio performance test",
  );
  await page.getByText("Choose the agent that sends the requests.").first().waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a comparison says what it can find and how long it takes, then is followed to its verdict", async () => {
  const { page, faults, context } = await harness.open(machines);
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Compare" });
  await dialog.getByText("48 runs, interleaved: 3 pairs of variants, 8 runs each side.").waitFor();
  await dialog.getByRole("button", { name: "1000", exact: true }).click();
  await dialog.getByLabel("Runs each").fill("1");
  await dialog.getByText(/^2 runs, interleaved\. About/).waitFor();
  await dialog.getByText(/1 run each find a difference of/).waitFor();
  await dialog.getByRole("button", { name: "Start the comparison" }).click();
  await page.waitForURL(/\/campaigns\//);
  await page
    .getByRole("heading", { name: "Comparison: release=3.5 against release=3.6 for dataset=1000" })
    .waitFor();
  const steps = page.getByRole("list", { name: "Runs in their order" });
  expect(await steps.getByRole("listitem").count()).toBe(2);
  await page.getByText("p99 is 7.2 % slower [4.1, 10.6] than before").waitFor();
  await page.getByText("2 of 2 runs").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("running a profile runs the variants that were chosen, and a campaign can be cancelled", async () => {
  const { page, context } = await harness.open("/profiles");
  await page.getByRole("button", { name: "Run MAAS machine list" }).click();
  const dialog = page.getByRole("dialog", { name: "Run MAAS machine list" });
  await dialog.getByRole("button", { name: "3.6", exact: true }).click();
  await dialog.getByLabel("Repeats").fill("9");
  await dialog.getByText("27 runs: 3 variants, 9 each, one after the other.").waitFor();
  await dialog.getByRole("button", { name: "Run it" }).click();
  await page.waitForURL(/\/campaigns\//);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByText("cancelled by admin").waitFor();
  await context.close();
});

test("a campaign that has ended shows its steps by side and state, and its verdicts", async () => {
  const { page, faults, context } = await harness.open(`/campaigns/${campaignIds.judged}`);
  const steps = page.getByRole("list", { name: "Runs in their order" });
  await steps.getByRole("link", { name: /^Run 12 of 48, .*failed, invalid as evidence/ }).waitFor();
  expect(await steps.getByRole("listitem").count()).toBe(48);
  await page.getByText("14 runs each would settle it.").waitFor();
  await page.getByRole("link", { name: "Compare in full" }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("what SMP cannot carry is listed before it is left out", async () => {
  const { page, context } = await harness.open(machines);
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export MAAS machine list" });
  await dialog.getByRole("button", { name: "SMP" }).click();
  await dialog.getByRole("listitem").getByText("comparison settings").waitFor();
  const download = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Download without it" }).click();
  expect((await download).suggestedFilename()).toBe("maas-machine-list.smp.yaml");
  await context.close();
});

test("a profile is archived after a second press, and restored", async () => {
  const { page, context } = await harness.open(`/profiles/${profileIds.mesh}`);
  await page.getByRole("button", { name: "Archive" }).click();
  await page.getByRole("button", { name: "Really archive" }).click();
  await page.getByRole("button", { name: "Restore" }).click();
  await page.getByRole("button", { name: "Archive", exact: true }).waitFor();
  await context.close();
});

test("a viewer sees profiles and campaigns without the actions", async () => {
  const closed = await startMockHub({ hosts: 40, open: false, dist: harness.dist });
  try {
    const context = await harness.browser.newContext({ viewport: desktop });
    const { page } = await visit(context, `${closed.url}/profiles`);
    await signIn(page, "viewer");
    await page.getByRole("link", { name: "MAAS machine list" }).waitFor();
    expect(await page.getByRole("button", { name: /^Run |Import/ }).count()).toBe(0);
    expect(await page.getByRole("link", { name: "New" }).count()).toBe(0);
    await page.getByRole("link", { name: "MAAS machine list" }).click();
    await page.getByText("What revision 3 changed").waitFor();
    expect(await page.getByRole("button", { name: /^(Run|Compare|Archive)$/ }).count()).toBe(0);
    await page.getByRole("link", { name: "Schedules" }).click();
    await page.getByText("every weekday at 02:30").waitFor();
    expect(await page.getByRole("button", { name: /Pause|Remove|now/ }).count()).toBe(0);
    await context.close();
  } finally {
    await closed.stop();
  }
});

test("on a phone the destinations that are seldom wanted stand behind More", async () => {
  const { page, context } = await harness.open("/profiles", { viewport: phone });
  const nav = page.getByRole("navigation", { name: "Pages" });
  await nav.locator("summary").click();
  await nav.getByRole("link", { name: "Status" }).click();
  await page.waitForURL(/\/status$/);
  expect(await nav.locator("details").getAttribute("open")).toBeNull();
  await context.close();
});
