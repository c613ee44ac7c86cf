import { expect, test } from "vitest";
import { readRefusal } from "./refusals.ts";

const key = `U${"A".repeat(55)}`;
const client = '[7] [ERR] 10.0.0.1:5 - cid:69 - "v3.4.0:nats.js:agent"';

test.each([
  [
    `${client} - Publish Violation - Nkey "${key}", Subject "v1.metrics.pdgxhuptka7mone2"`,
    { publicKey: key, reason: "the broker let it not publish to v1.metrics.… of another" },
  ],
  [
    `${client} - Subscription Violation - Nkey "${key}", Subject "$SYS.>", SID 4`,
    { publicKey: key, reason: "the broker let it not subscribe to $SYS.… of another" },
  ],
  [
    `${client} - Publish Violation - Nkey "${key}", Subject "anything it likes"`,
    { publicKey: key, reason: "the broker let it not publish to a subject of no kind" },
  ],
  [
    `${client} - maximum payload exceeded: 1048577 vs 1048576`,
    {
      publicKey: undefined,
      reason: "the broker cut a connection: a message of 1048577 bytes, more than 1048576",
    },
  ],
])("%s is told", (line, refusal) => {
  expect(readRefusal(line)).toEqual(refusal);
});

test.each([
  ["another error", `${client} - authentication error`],
  [
    "a name that pretends",
    `[7] [ERR] 10.0.0.1:5 - cid:6 - "x\\" - Publish Violation - Nkey \\"${key}\\", Subject \\"v1.beat.x\\"" - authentication error`,
  ],
  ["news", "[7] [INF] Server is ready"],
])("%s is no refusal", (_, line) => {
  expect(readRefusal(line)).toBeUndefined();
});
