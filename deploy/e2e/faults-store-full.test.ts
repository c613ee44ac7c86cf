// The disk of the broker's store fills up under load and is freed again. nats-server 2.9.10 then answers nothing until it is
// started again, which is the hub's to do; the agents keep what is not acknowledged.
import { expect, onTestFinished, test } from "vitest";
import { arrived, flows } from "./stack-arrival.ts";
import { faultsOf, noFaults } from "./stack-oracle.ts";
import { startSender } from "./stack-sender.ts";
import { readStored } from "./stack-stored.ts";
import { fillDisk, startStack } from "./stack.ts";
import { until } from "./stack-until.ts";

const storeBytes = 33_554_432;

test("a full disk under the broker's store loses nothing", async (context) => {
  const stack = await startStack({ brokerDiskBytes: storeBytes });
  onTestFinished(() => stack.stop());
  const { brokerDisk } = stack;
  if (brokerDisk === undefined) return context.skip("a tmpfs cannot be mounted here");
  const senders = await Promise.all(
    [1, 2].map((salt) => startSender(stack, `sender-${salt}`, { salt, series: 500, everyMs: 100 })),
  );
  await flows(stack, 20_000);
  const hubPid = stack.hub().pid;
  const brokerPid = stack.broker.pid();

  const free = fillDisk(brokerDisk, 65_536);
  const unanswered = () =>
    senders.every((sender) => {
      const records = [...sender.journal().kept.values()];
      return records.slice(-30, -10).every(({ ackedAtMs }) => ackedAtMs === undefined);
    });
  await until("a store that takes nothing", unanswered);
  free();
  await until("another broker", () => (stack.broker.pid() ?? brokerPid) !== brokerPid, 60_000);
  await flows(stack, 20_000, 60_000);

  for (const sender of senders) await arrived(stack, sender.host.id, await sender.finish());
  expect(stack.hub().pid).toBe(hubPid);
  expect(stack.hub().lives).toBe(true);
  await stack.hub().stop();
  const stored = await readStored(stack, senders);
  expect(stored.samples.repeated).toBe(0);
  expect(stored.minutes).toEqual({ all: expect.any(Number), wrong: 0 });
  for (const sender of senders) expect(faultsOf(sender, stored)).toEqual(noFaults);
});
