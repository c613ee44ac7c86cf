// A real Chromium for the UI tests, found on the PATH, and the questions they ask of a page.
import { execFileSync } from "node:child_process";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function startChromium(): Promise<Browser> {
  const executablePath = execFileSync(
    "sh",
    ["-c", "command -v chromium || command -v chromium-browser"],
    { encoding: "utf8" },
  ).trim();
  return chromium.launch({ executablePath, args: flags });
}

export interface Visit {
  readonly page: Page;
  /** Errors of the page's own code, and of the content policy. */
  readonly faults: string[];
}

export const desktop = { width: 1366, height: 768 } as const;
export const phone = { width: 390, height: 844 } as const;

/** A fresh page whose errors are kept and whose layout shifts are added up from the start. */
export async function visit(context: BrowserContext, url: string): Promise<Visit> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) faults.push(message.text());
  });
  await page.addInitScript(() => {
    const sums = globalThis as unknown as { layoutShift: number };
    sums.layoutShift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as {
        value: number;
        hadRecentInput: boolean;
      }[])
        if (!entry.hadRecentInput) sums.layoutShift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(url);
  return { page, faults };
}

export const layoutShift = (page: Page): Promise<number> =>
  page.evaluate(() => (globalThis as unknown as { layoutShift: number }).layoutShift);

/** CSS pixels by which the page is wider than its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() =>
    Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
  );

export async function signIn(page: Page, user = "admin"): Promise<void> {
  await page.getByLabel("User").fill(user);
  await page.getByLabel("Password").fill("tide");
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Everything within the window is there: no placeholder is left in it. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll("[data-waiting]")].every((each) => {
      const box = each.getBoundingClientRect();
      return box.bottom < 0 || box.top > innerHeight;
    }),
  );
}
