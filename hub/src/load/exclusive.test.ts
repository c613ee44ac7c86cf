import type { AgentId, RunId } from "@tidemark/proto";
import { expect, test } from "vitest";
import { conflictOf, placeOf } from "./exclusive.ts";

const [a, b] = ["a", "b"] as AgentId[] as [AgentId, AgentId];
const run = "run" as RunId;
const other = { run, agents: [a], target: "http://Host.example:80/x", mayShare: false };

test.each<
  [string, { target?: string; agents?: AgentId[]; mayShare?: boolean }, string | undefined]
>([
  ["another agent and another target", {}, undefined],
  ["the same agent", { agents: [b, a] }, "agent"],
  ["the same target, written otherwise", { target: "http://host.example./y" }, "target"],
  ["another port of the same host", { target: "http://host.example:81/" }, undefined],
  ["the same target over TLS", { target: "https://host.example/" }, undefined],
  ["the same port of another protocol", { target: "grpc://host.example:80" }, "target"],
  ["only one may share", { target: "http://host.example", mayShare: true }, "target"],
])("%s", (_, change, what) => {
  const claim = { agents: [b], target: "http://elsewhere/", mayShare: false, ...change };
  expect(conflictOf(claim, [other])?.what).toBe(what);
});

test("both may share", () => {
  const claim = { ...other, mayShare: true };
  expect(conflictOf(claim, [{ ...claim, run }])).toBeUndefined();
});

test.each([
  ["http://EXAMPLE.com", "example.com", "80"],
  ["https://example.com/", "example.com", "443"],
  ["wss://example.com/", "example.com", "443"],
  ["grpcs://Example.com", "example.com", "443"],
  ["udp://Example.COM:53", "example.com", "53"],
  ["tcp://[2001:DB8::0:1]:9", "[2001:db8::1]", "9"],
  ["http://0x7f.1/", "127.0.0.1", "80"],
])("%s is %s port %s", (target, host, port) => {
  expect(placeOf(target)).toEqual({ host, port });
});
