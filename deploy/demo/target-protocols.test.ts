// The target as the agents' own drivers meet it: every protocol that the demo offers answers a short run, each request of it.
import { once } from "node:events";
import { type Server, createServer } from "node:net";
import type { LoadPlan } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generateRun, planFor } from "../../agent/test/generated.ts";
import { type Target, type TargetAddresses, openTarget } from "./open-target.ts";

const host = "127.0.0.1";
let target: Target;
beforeAll(async () => {
  target = await openTarget({ port: 0, host, seed: 1 });
});
afterAll(() => target.close());

test.each<[keyof TargetAddresses, Partial<LoadPlan>]>([
  ["url", { driver: "http1" }],
  ["http2", { driver: "http2", streams: 4 }],
  ["grpc", { driver: "grpc", grpc: { call: "health", method: "" } }],
  ["websocket", { driver: "websocket", body: "hello", websocket: { exchange: "echo" } }],
  ["websocket", { driver: "websocket", websocket: { exchange: "ping" } }],
  ["sse", { driver: "sse", sse: { measure: "first-event" } }],
  ["sse", { driver: "sse", sse: { measure: "gap" } }],
  ["tcp", { driver: "tcp", body: "hello", socket: { exchange: "echo" } }],
  ["udp", { driver: "udp", body: "hello", socket: { exchange: "echo" } }],
])("%s answers %j", async (name, change) => {
  const address = target.addresses[name];
  const port = Number(new URL(address).port);
  const { final } = await generateRun(
    planFor(port, { target: address, rate: 20, durationMs: 500, ...change }),
  );
  const { completed, unexpected, errors } = final.counts;
  expect({ unexpected, errors }).toEqual({
    unexpected: 0,
    errors: Object.fromEntries(Object.keys(errors).map((each) => [each, 0])),
  });
  expect(completed).toBeGreaterThan(0);
});

test("the ports after the first are taken, or others where these are not free", async () => {
  const first = await openTarget({ port: 0, host, seed: 1 });
  const ports = ({ addresses }: Target) =>
    [addresses.url, addresses.http2, addresses.tcp, addresses.udp].map((each) =>
      Number(new URL(each).port),
    );
  const [http = 0, ...others] = ports(first);
  first.close();
  const squatters = await Promise.all(others.map(squat));
  const second = await openTarget({ port: http, host, seed: 1 });
  expect(ports(second)[0]).toBe(http);
  for (const port of others.slice(0, 2)) expect(ports(second)).not.toContain(port);
  second.close();
  for (const squatter of squatters) squatter?.close();
});

test("a taken first port is said", async () => {
  const port = Number(new URL(target.addresses.url).port);
  await expect(openTarget({ port, host, seed: 1 })).rejects.toThrow("EADDRINUSE");
});

/** Sits on the port, unless somebody does already. */
async function squat(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, host);
  try {
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}
