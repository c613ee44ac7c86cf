import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { periodAt } from "@tidemark/proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningReceiver, startReceiver } from "../src/receive/compose.ts";
import { receiveConfig } from "../src/receive/config.ts";
import { rehearse } from "../src/simulate/rehearsal.ts";
import { silent } from "./store-engines.ts";

const folder = () => mkdtempSync(join(tmpdir(), "tm-rehearsal-"));
const signal = AbortSignal.timeout(240_000);
const startMs = Date.now();
const options = { count: 30, seed: 1, firstPeriod: periodAt(28, startMs) - 4, startMs, periods: 2 };
const config = (dataDir: string, host = "127.0.0.1") =>
  receiveConfig({ "data-dir": dataDir, port: "0", host }, {});

describe("a rehearsal", () => {
  const dataDir = folder();
  let receiver: RunningReceiver;
  let token: string;

  beforeAll(async () => {
    const totals = await rehearse({ dataDir, ...options }, signal, () => undefined);
    expect(totals.length).toBe(2);
    for (const { reports, received } of totals) expect(received).toBe(reports);
    receiver = await startReceiver(config(dataDir), silent);
    token = readFileSync(join(dataDir, "keys", "metrics-token"), "utf8").trim();
  }, 240_000);
  afterAll(async () => {
    await receiver.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const get = (path: string, authorization?: string) =>
    fetch(
      `${receiver.url}${path}`,
      authorization === undefined ? {} : { headers: { authorization } },
    );
  const basic = (password: string) => `Basic ${Buffer.from(`me:${password}`).toString("base64")}`;

  test("ends with the charts of every period it reported", async () => {
    const page = await get("/fleet", basic(token));
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const body = await page.text();
    expect(body).toContain("30 operators · every number stands for 5 operators or more");
    expect(body).toContain("Other periods:");
  });

  test("shows its pages to whoever has the token, and to nobody else", async () => {
    expect((await get("/latency", `Bearer ${token}`)).status).toBe(200);
    for (const wrong of [undefined, basic("no"), `Bearer ${token}x`, "Basic", basic("")]) {
      const refused = await get("/latency", wrong);
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).toContain("Basic");
      expect(await refused.text()).not.toContain("operators");
    }
    expect((await get("/nothing")).status).toBe(404);
  });

  test("is served to no other machine", async () => {
    await expect(startReceiver(config(dataDir, "0.0.0.0"), silent)).rejects.toThrow(
      "was filled by simulated operators",
    );
  });
});

test("simulated operators never fill a directory that holds something else", async () => {
  const dataDir = folder();
  writeFileSync(join(dataDir, "precious"), "");
  await expect(rehearse({ dataDir, ...options }, signal, () => undefined)).rejects.toThrow(
    "is no rehearsal",
  );
  rmSync(dataDir, { recursive: true });
});
