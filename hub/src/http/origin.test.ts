import fastify, { type InjectOptions } from "fastify";
import { expect, test } from "vitest";
import { checkOrigin, originRules } from "./origin.ts";
import { answerError } from "./problems.ts";

async function ask(
  rules: ReturnType<typeof originRules>,
  headers: Record<string, string>,
  method: InjectOptions["method"] = "GET",
  url = "/",
): Promise<number> {
  const app = fastify();
  app.setErrorHandler(answerError);
  app.addHook("onRequest", checkOrigin(rules));
  app.route({ method: ["GET", "POST", "DELETE"], url: "/*", handler: async () => "ok" });
  const { statusCode } = await app.inject({ method, url, headers });
  await app.close();
  return statusCode;
}

const loopback = originRules("127.0.0.1", ["hub.lan"], "https://tidemark.example");

test.each([
  ["localhost:8478", 200],
  ["127.0.0.1:8478", 200],
  ["[::1]:8478", 200],
  ["LOCALHOST", 200],
  ["hub.lan", 200],
  ["tidemark.example", 200],
  ["rebound.attacker.example:8478", 403],
  ["192.0.2.7", 403],
])("on loopback a request for host %s gets %i", async (host, status) => {
  expect(await ask(loopback, { host })).toBe(status);
});

test("probes reach health under any host, and a hub for everyone takes any name", async () => {
  expect(await ask(loopback, { host: "10.1.2.3" }, "GET", "/healthz")).toBe(200);
  expect(await ask(originRules("0.0.0.0", []), { host: "anything" })).toBe(200);
  expect(await ask(originRules("0.0.0.0", ["hub.lan"]), { host: "anything" })).toBe(403);
});

const host = "localhost:8478";
test.each([
  ["a page of this origin", { host, "sec-fetch-site": "same-origin" }, 200],
  ["a typed address", { host, "sec-fetch-site": "none" }, 200],
  ["another port of this host", { host, "sec-fetch-site": "same-site" }, 403],
  ["another site", { host, "sec-fetch-site": "cross-site" }, 403],
  ["an older browser, this origin", { host, origin: "http://localhost:8478" }, 200],
  ["an older browser, the public origin", { host, origin: "https://tidemark.example" }, 200],
  ["an older browser, another port", { host, origin: "http://localhost:3000" }, 403],
  ["an older browser, another site", { host, origin: "https://attacker.example" }, 403],
  ["a sandboxed page", { host, origin: "null" }, 403],
  ["a program", { host }, 200],
])("a write by %s gets %i", async (_who, headers, status) => {
  expect(await ask(loopback, headers, "POST")).toBe(status);
  expect(await ask(loopback, headers, "DELETE")).toBe(status);
  expect(await ask(loopback, headers, "GET")).toBe(200);
});
