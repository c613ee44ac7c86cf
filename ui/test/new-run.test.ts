// The form of a new test, in a real browser against the mock hub.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { idOf } from "./mock/fleet.ts";
import { startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const fold = (page: Page, title: string) => page.locator("summary", { hasText: title });
const sentence = (page: Page) =>
  page.locator("section", { has: page.getByRole("heading", { name: "What will be sent" }) });

test("faults of the form stand beside their fields, the hub's refusal too", async () => {
  const { page, faults, context } = await harness.open("/run");
  await page.getByText(/ sends GET /).waitFor();
  await page.getByLabel("Rate").fill("none");
  await page.getByLabel("Connections").fill("0");
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.getByText("A number from 0.001 to 1,000,000.").first().waitFor();
  await page.getByText("A whole number from 1 to 10,000.").waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("rate");
  await page.getByLabel("Rate").fill("300");
  await page.getByLabel("Connections").fill("4");
  await page.getByLabel("Target URL").fill("http://10.1.2.3/");
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.getByText("The agent's policy does not allow this target").waitFor();
  expect(await page.getByLabel("Target URL").getAttribute("aria-invalid")).toBe("true");
  expect(faults).toEqual([]);
  await context.close();
});

test("a refusal opens the fold of its field", async () => {
  const { page, context } = await harness.open("/run?target=http://127.0.0.1:9/");
  await fold(page, "Generator").click();
  await page.getByLabel("Workers").fill("9");
  await fold(page, "Generator").click();
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.getByText("The agent's policy allows 8 workers.").waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("workers");
  await context.close();
});

test("a preset fills in the shape, until it is changed by hand", async () => {
  const { page, context } = await harness.open("/run");
  await page.getByRole("button", { name: "Stress" }).click();
  await sentence(page).getByText("5 stages in 2 min, 30,900 in all").waitFor();
  await page.getByRole("button", { name: "Stress", pressed: true }).waitFor();
  await page.getByLabel("The usual load, requests a second").fill("1000");
  await sentence(page).getByText("5 stages in 2 min, 154,500 in all").waitFor();
  await page.getByRole("button", { name: "Stress", pressed: true }).waitFor();
  const line = page.locator("figure polyline");
  const before = await line.getAttribute("points");
  await page.getByLabel("Rate at the end of stage 5, requests a second").fill("800");
  await page.getByRole("button", { name: "Stress", pressed: false }).waitFor();
  expect(await line.getAttribute("points")).not.toBe(before);
  await page.getByRole("button", { name: "Remove stage 5" }).click();
  await sentence(page).getByText("4 stages in 1 min 12 s").waitFor();
  await context.close();
});

test("a selector says whom it matches, and when that is nobody", async () => {
  const { page, context } = await harness.open("/run");
  await page.getByRole("button", { name: "By label" }).click();
  await page.getByLabel("Label selector").fill("role=rack,zone notin (ams-1,ams-2,waw-1)");
  await page.getByText(/^Matches rack-\d+/).waitFor();
  await sentence(page)
    .getByText(/^rack-\d+.* sends? GET /)
    .waitFor();
  await page.getByLabel("Label selector").fill("role=none");
  await page.getByText("Nobody matches, so nothing would be sent.").first().waitFor();
  await page.getByRole("button", { name: "Start the test" }).click();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("selector");
  await context.close();
});

test("what the driver cannot honour is shut and says why", async () => {
  const { page, faults, context } = await harness.open("/run?target=tcp://127.0.0.1:7");
  await page.getByText("Not with tcp: the protocol has no headers.").waitFor();
  expect(await page.getByLabel("Headers").isDisabled()).toBe(true);
  await page.getByLabel("Payload", { exact: true }).fill("ping");
  await sentence(page).getByText("TCP to 127.0.0.1:7").waitFor();
  await page.getByLabel("Target URL").fill("http://127.0.0.1:7/");
  await page.getByLabel("Driver").selectOption("wrk");
  await page.getByText("Not with wrk: wrk knows no rate: use wrk2.").first().waitFor();
  await page.getByLabel("Load shape").selectOption("max");
  await sentence(page).getByText("as fast as the target answers").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("a link carries the form", async () => {
  const { page, context } = await harness.open("/run");
  await page.getByRole("button", { name: "Spike" }).click();
  await page.getByLabel("Target URL").fill("wss://127.0.0.1:9/chat");
  await page.waitForURL(
    ({ searchParams }) =>
      searchParams.get("preset") === "spike" &&
      searchParams.get("target") === "wss://127.0.0.1:9/chat",
  );
  const next = await context.newPage();
  await next.goto(page.url());
  await next.getByRole("button", { name: "Spike", pressed: true }).waitFor();
  await next.getByText("By the URL: websocket").waitFor({ state: "attached" });
  await next.locator("summary", { hasText: "WebSocket" }).waitFor();
  await context.close();
});

test("try once shows the whole exchange, and what is wrong with it", async () => {
  const { page, context } = await harness.open("/run?target=https://127.0.0.1:9/");
  const attempt = () => page.getByRole("button", { name: "Try once" }).click();
  const panel = page.locator("section", {
    has: page.getByRole("heading", { name: /^Tried once/ }),
  });
  await attempt();
  await panel.getByText("As expected: status 200.").waitFor();
  await panel.getByText("TLSv1.3, TLS_AES_256_GCM_SHA384").waitFor();
  await panel.getByText('{"ok":true,"items":[1,2,3]}').waitFor();
  await panel.getByText("Wait for the first byte").waitFor();
  await page.getByLabel("Target URL").fill("http://127.0.0.1:9/teapot");
  await attempt();
  await panel.getByText("Not what is expected: status 418.").waitFor();
  await page.getByLabel("Target URL").fill("http://127.0.0.1:9/slow");
  await attempt();
  await panel.getByText("No answer: no answer within 5000 ms").waitFor();
  await page.getByLabel("Target URL").fill("http://10.1.2.3/");
  await attempt();
  await panel.getByRole("alert").getByText("does not allow this target").waitFor();
  await context.close();
});

test("several agents share one test", async () => {
  const { page, context } = await harness.open("/run?target=http://127.0.0.1:9/");
  await page.getByLabel("Find an agent").fill("rack-00");
  await page.getByRole("checkbox", { name: "rack-002" }).check();
  await page.getByRole("checkbox", { name: "rack-003" }).check();
  await sentence(page)
    .getByText(/ together send GET .*10,000 in all/)
    .waitFor();
  await page.getByRole("button", { name: "Start the test" }).click();
  await page.waitForURL(/\/runs\//);
  const rows = page.getByRole("table", { name: /What each agent made/ }).getByRole("row");
  await rows.nth(3).waitFor();
  expect(await rows.count()).toBe(4);
  await page.getByRole("button", { name: "Cancel the test" }).click();
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
