// Sharing in a real browser: asked without leaning, previewed to the byte, answered, withdrawn, and read by whoever may only read.
import { readFile } from "node:fs/promises";
import { type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { desktop, phone, signIn, visit } from "./chromium.ts";
import { startHarness, type Harness } from "./harness.ts";
import { startMockHub, type MockHub } from "./mock-hub.ts";
import { sha256 } from "./mock/sharing.ts";

let harness: Harness;
/** A hub of its own for each test: answers are kept. */
let hub: MockHub;
beforeAll(async () => {
  harness = await startHarness();
});
beforeEach(async () => {
  hub = await startMockHub({ hosts: 4, open: true, dist: harness.dist });
});
afterEach(() => hub.stop());
afterAll(() => harness.stop());

async function open(path: string, options: Parameters<Harness["open"]>[1] = {}) {
  const context = await harness.browser.newContext({ viewport: desktop, ...options });
  return { ...(await visit(context, hub.url + path)), context };
}
const card = (page: Page, title: string) =>
  page.locator("article", { has: page.getByRole("heading", { name: title }) });
const answerTo = (page: Page, title: string) =>
  page.getByRole("group", { name: `Answer to ${title}`, exact: true });

/** All that could make one button louder than the other. */
const looksOf = (page: Page, title: string) =>
  answerTo(page, title)
    .getByRole("button")
    .evaluateAll((buttons) =>
      buttons.map((button) => {
        const { color, backgroundColor, borderColor, fontWeight, fontSize } =
          getComputedStyle(button);
        const { width, height } = button.getBoundingClientRect();
        return { color, backgroundColor, borderColor, fontWeight, fontSize, width, height };
      }),
    );

test.each([
  ["every question", "light", desktop],
  ["Size of the network", "dark", desktop],
  ["IPv6", "light", phone],
  ["IPv6", "dark", desktop],
] as const)(
  "yes and no to %s weigh the same, %s, and neither is chosen",
  async (title, colorScheme, viewport) => {
    hub.mode = "empty";
    const { page, faults, context } = await open("/sharing", { colorScheme, viewport });
    await answerTo(page, title).waitFor();
    const [yes, no, ...others] = await looksOf(page, title);
    expect(yes).toEqual(no);
    expect(others).toEqual([]);
    expect(await page.locator("[aria-pressed='true']").count()).toBe(0);
    expect(await page.locator(".warn, .bad").count()).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  },
);

test("a question tells everything it can ever say before it is answered", async () => {
  const { page, faults, context } = await open("/sharing");
  const fleet = card(page, "Size of the fleet");
  await fleet.getByText("by powers of two, up to 8192").waitFor();
  await fleet.getByText("one of 30 things (4.9 bits)").waitFor();
  await fleet.getByText("every 28 days, one report").waitFor();
  await fleet.getByText("deploy/docs/sharing.md#fleet-size").waitFor();
  const labels = fleet.getByRole("list", { name: "Answers of Hosts with an agent" });
  await fleet.getByText("All 15 answers it can give").press("Enter");
  await labels.getByText("8192+").waitFor();
  expect(await labels.getByRole("listitem").count()).toBe(15);
  const grown = card(page, "Latency of MAAS's API, by operation");
  await grown.getByText("is void: the question asks more now").waitFor();
  await grown.getByText("a new field, Operation").waitFor();
  await card(page, "What the hub runs on").getByText("has ended").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a no is one press, asks nothing more and leaves no warning", async () => {
  const { page, faults, context } = await open("/sharing");
  const nic = card(page, "Network interfaces");
  await nic.getByText("Not answered. Nothing is sent.").waitFor();
  await nic.getByRole("button", { name: "No, Network interfaces" }).press("Enter");
  await nic.getByText("The no is kept here. Nothing was sent to say so").waitFor();
  await nic.getByText(/^No, .* by admin\. Nothing is sent\.$/).waitFor();
  expect(
    await answerTo(page, "Network interfaces").locator("[aria-pressed='true']").innerText(),
  ).toBe("No");
  expect(await page.getByRole("dialog").count()).toBe(0);
  expect(await page.locator(".warn, .bad, [role='alert']").count()).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
});

test("a yes is one press too, and says when the first byte may leave", async () => {
  const { page, context } = await open("/sharing");
  const nic = card(page, "Network interfaces");
  await nic.getByRole("button", { name: "Yes, Network interfaces" }).click();
  await nic.getByText(/^The yes is kept\. Nothing leaves before \d/).waitFor();
  await page.getByText("4 of 14 questions have a yes.").waitFor();
  await page.getByRole("button", { name: "No to all" }).click();
  await page.getByText("The no to 14 questions is kept here.").waitFor();
  await page.getByText("Nothing is shared: no question has a yes.").waitFor();
  await context.close();
});

test("with the keyboard alone, the focus stays where it is, or goes where one can go on", async () => {
  const { page, context } = await open("/sharing");
  const focused = (name: string) =>
    expect.poll(() => page.getByRole("button", { name }).evaluate((it) => it.matches(":focus")));
  await page.getByRole("button", { name: "Yes, Network interfaces" }).press("Enter");
  await page.getByText(/^The yes is kept\./).waitFor();
  await focused("Yes, Network interfaces").toBe(true);
  await page.getByRole("button", { name: "Withdraw everything" }).press("Enter");
  await page.getByRole("button", { name: "Withdraw, and delete what was sent" }).press("Enter");
  await focused("Done").toBe(true);
  await context.close();
});

test("on a phone what an answer can say is folded away, and unfolds", async () => {
  const { page, context } = await open("/sharing", { viewport: phone });
  const fleet = card(page, "Size of the fleet");
  const fields = fleet.getByRole("list", { name: "What an answer to Size of the fleet holds" });
  await fleet.getByText("All it can say: 2 fields, one of 30 things").waitFor();
  expect(await fields.isVisible()).toBe(false);
  await fleet.getByText("All it can say").press("Enter");
  await fields.getByText("It sets the sizes of our test fleets.").waitFor();
  await context.close();
});

test("answers to questions that have changed meanwhile are refused where they were given", async () => {
  const { page, context } = await open("/sharing");
  await context.route("**/api/v1/sharing/answers", (route) =>
    route.continue({
      postData: JSON.stringify({
        sha256: "0".repeat(64),
        answers: [{ question: "hardware.nic", answer: "yes" }],
      }),
    }),
  );
  const nic = card(page, "Network interfaces");
  await nic.getByRole("button", { name: "Yes, Network interfaces" }).click();
  await nic.getByRole("alert").getByText("The questions have changed; read them again.").waitFor();
  await context.close();
});

test("under a lock the page says so, and no yes can be given", async () => {
  hub.sharing.lock = "DO_NOT_TRACK";
  const { page, context } = await open("/sharing");
  await page.getByText("Locked: nothing is shared, whatever is answered.").waitFor();
  await page.getByText("by DO_NOT_TRACK in the hub’s environment").waitFor();
  expect(await page.getByRole("button", { name: "Yes to all" }).isDisabled()).toBe(true);
  expect(await page.getByRole("button", { name: "No, IPv6" }).isEnabled()).toBe(true);
  await context.close();
});

test("without a receiver it says where reports go: nowhere, or into a file", async () => {
  hub.sharing.receiver = null;
  const { page, context } = await open("/sharing");
  await page.getByText("nowhere: no receiver is configured. Reports can be exported").waitFor();
  await page.getByText("3 of 14 questions have a yes. Nothing is sent").waitFor();
  await context.close();
});

test("the preview's hashes are computed again here, and a wrong one is called wrong", async () => {
  const { page, faults, context } = await open("/sharing?tab=preview");
  const reports = page.getByRole("article");
  await page.getByText("this browser computes the same").first().waitFor();
  expect(await page.getByText("this browser computes the same").count()).toBe(
    await reports.count(),
  );
  await page.getByText("no comparison of two releases of MAAS ended in this period").waitFor();
  await page.getByLabel("Question", { exact: true }).selectOption("Size of the fleet");
  await page.waitForURL(/question=fleet\.size/);
  const fleet = reports.filter({ hasText: "This fleet has 32-63 hosts" });
  await fleet.getByText(/^waits, not before/).waitFor();
  await expect.poll(() => reports.count()).toBe(1);
  const download = page.waitForEvent("download");
  await fleet.getByRole("button", { name: "Download the text of Size of the fleet" }).click();
  const bytes = await readFile(await (await download).path(), "utf8");
  expect(bytes).toBe(await fleet.locator(".copy code").innerText());
  await fleet.getByText(sha256(bytes)).waitFor();
  expect(faults).toEqual([]);

  await context.route("**/api/v1/sharing/preview**", async (route) => {
    const response = await route.fetch();
    const preview = (await response.json()) as { reports: object[] };
    const reports = preview.reports.map((each) => ({ ...each, sha256: "f".repeat(64) }));
    await route.fulfill({ response, json: { ...preview, reports } });
  });
  await page.reload();
  await page.getByText("the hub’s hash is not of these bytes").waitFor();
  await context.close();
});

test("what waits is written to one file, and counts as sent", async () => {
  const { page, context } = await open("/sharing?tab=preview");
  await page.getByRole("button", { name: "Export 5 waiting reports" }).click();
  const dialog = page.getByRole("dialog", { name: "Export to a file" });
  const download = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Write the file" }).click();
  await dialog.getByText("5 reports written; the ledger has each.").waitFor();
  const { bodies } = JSON.parse(await readFile(await (await download).path(), "utf8")) as {
    bodies: string[];
  };
  expect(bodies.map((body) => Buffer.from(body, "base64").length)).toEqual(Array(5).fill(1_024));
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: /^Export/ }).waitFor({ state: "hidden" });
  await page.getByRole("link", { name: "Sent", exact: true }).click();
  await page.getByRole("cell", { name: "written to a file" }).first().waitFor();
  await context.close();
});

test("the ledger is paged, unfolded to the receipt, and kept as a file", async () => {
  const { page, faults, context } = await open("/sharing?tab=sent");
  const rows = page.locator("tbody tr");
  await page.getByRole("button", { name: "Older entries" }).click();
  await page.getByRole("button", { name: "Older entries" }).waitFor({ state: "hidden" });
  await page.getByRole("cell", { name: "1", exact: true }).waitFor();
  const count = await rows.count();
  const sent = rows.filter({ hasText: "sent" }).first();
  await sent.getByRole("button", { name: /^More of entry/ }).press("Enter");
  await page.getByText(/^[0-9a-f]{64}\.[\w-]{86}$/).waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Ledger as a file" }).click();
  const file = await readFile(await (await download).path(), "utf8");
  expect(file.trimEnd().split("\n")).toHaveLength(count);
  expect(faults).toEqual([]);
  await context.close();
});

test.each([
  ["Withdraw, and delete what was sent", "24 deletions wait to be sent", true],
  ["Withdraw, and leave what was sent", "; 0 deletions wait to be sent", false],
] as const)("%s: one action, which says what it cannot undo", async (name, said, isDeleting) => {
  const { page, faults, context } = await open("/sharing");
  await page.getByRole("button", { name: "Withdraw everything" }).click();
  const dialog = page.getByRole("dialog", { name: "Withdraw everything" });
  await dialog
    .getByText("3 yeses become no, and 5 waiting reports are dropped, at once.")
    .waitFor();
  await dialog.getByText("It cannot undo charts that were already frozen").waitFor();
  await dialog.getByRole("button", { name }).click();
  await dialog.getByText(said).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByText("Nothing is shared: no question has a yes.").waitFor();
  expect(await page.getByText(/^\d+ wait to be sent$/).count()).toBe(isDeleting ? 1 : 0);
  await page.getByRole("link", { name: "Sent", exact: true }).click();
  await page.getByRole("cell", { name: "withdrawn", exact: true }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a withdrawal takes back what was said of the yes before it", async () => {
  const { page, context } = await open("/sharing");
  await page.getByRole("button", { name: "Yes to all" }).click();
  const said = page.getByText("The yes to 14 questions is kept.");
  await said.waitFor();
  await page.getByRole("button", { name: "Withdraw everything" }).click();
  const dialog = page.getByRole("dialog", { name: "Withdraw everything" });
  await dialog.getByRole("button", { name: "Withdraw, and leave what was sent" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await said.waitFor({ state: "hidden" });
  await context.close();
});

test.each(["viewer", "operator"])("%s: reads all of it and answers nothing", async (user) => {
  const closed = await startMockHub({ hosts: 4, dist: harness.dist });
  const context = await harness.browser.newContext({ viewport: desktop });
  const { page } = await visit(context, `${closed.url}/settings`);
  await signIn(page, user);
  await page.getByRole("link", { name: "Open sharing" }).click();
  await page.getByText("Administrators answer; you see what they see.").waitFor();
  await card(page, "Size of the fleet")
    .getByText(/^Yes, .* by ada/)
    .waitFor();
  expect(await page.getByRole("button", { name: /^(?:Yes|No|Withdraw)/ }).count()).toBe(0);
  await page.getByRole("link", { name: "Preview" }).click();
  await page.getByText("this browser computes the same").first().waitFor();
  expect(await page.getByRole("button", { name: /^Export/ }).count()).toBe(0);
  await context.close();
  await closed.stop();
});

test.each(["/sharing", "/sharing?tab=preview", "/sharing?tab=sent"])(
  "%s is told to a screen reader: names, headings in order, no id twice",
  async (path) => {
    const { page, context } = await open(path);
    await page.locator("article, tbody button").first().waitFor();
    const found = await page.evaluate(() => {
      const all = (selector: string) => [...document.querySelectorAll(selector)];
      const ids = all("[id]").map(({ id }) => id);
      const levels = all("h1, h2, h3, h4").map(({ tagName }) => Number(tagName.slice(1)));
      return {
        nameless: all("button, a, summary, select, input")
          .filter(
            (each) =>
              (each.textContent ?? "").trim() === "" &&
              !each.hasAttribute("aria-label") &&
              !(each instanceof HTMLInputElement && each.labels?.length),
          )
          .map(({ outerHTML }) => outerHTML),
        twice: ids.filter((id, index) => ids.indexOf(id) !== index),
        dangling: all("[aria-labelledby]")
          .map((each) => each.getAttribute("aria-labelledby") ?? "")
          .filter((id) => document.getElementById(id) === null),
        jumps: levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1),
        first: levels[0],
      };
    });
    expect(found).toEqual({ nameless: [], twice: [], dangling: [], jumps: [], first: 1 });
    await context.close();
  },
);
