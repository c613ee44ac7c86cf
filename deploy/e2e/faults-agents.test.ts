// Faults of single agents, while another one goes on: a revocation, and a clock that steps by an hour and back.
import { type AgentId, Agent } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { arrived, arrivedSeconds, flows, rejectionsOf } from "./stack-arrival.ts";
import { startIntruder } from "./stack-intruder.ts";
import { faultsOf, noFaults } from "./stack-oracle.ts";
import { type Sender, startSender } from "./stack-sender.ts";
import { readStored } from "./stack-stored.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./stack-until.ts";
import { madeUpMetric } from "./stack-values.ts";

let stack: Stack;
let neighbour: Sender;
let revoked: Sender;
let stepping: Sender;
let ackedBefore: number;
/** Of the one to be revoked: seconds the hub had stored before the cut, and those measured at the cut. */
let storedBefore: readonly number[];
let measuredAtCut: ReadonlySet<number>;
/** From this second on the stepping clock was wrong. */
let hourAhead: number;

beforeAll(async () => {
  stack = await startStack();
  neighbour = await startSender(stack, "neighbour", { salt: 1 });
  revoked = await startSender(stack, "revoked", { salt: 2 });
  // Measures the present hour, where a clock can be wrong by one.
  const firstSecond = Math.floor(Date.now() / 1_000) - 600;
  stepping = await startSender(stack, "stepping", { salt: 3, firstSecond });
  await flows(stack, 5_000);
});
afterAll(() => stack.stop());

const ackedOf = (sender: Sender) =>
  [...sender.journal().kept.values()].filter(({ ackedAtMs }) => ackedAtMs !== undefined).length;
const storedSeconds = (sender: Sender) => {
  const measured = [...sender.journal().kept.keys()];
  return arrivedSeconds(
    stack,
    sender.host.id,
    madeUpMetric,
    Math.min(...measured),
    Math.max(...measured) + 1,
  );
};
const stateOf = async (id: AgentId) => (await stack.api.call("GET", `/agents/${id}`, Agent)).state;

test("a revoked agent is cut off at once, its records stay with it, and it cannot come back", async () => {
  storedBefore = await storedSeconds(revoked);
  const spy = await startIntruder(revoked.host, { reconnect: false });
  const cut = until("the cut", () => spy.connection.isClosed(), 2_000);
  const headers = { authorization: `Bearer ${stack.token}` };
  const url = `${stack.api.url}/api/v1/agents/${revoked.host.id}`;
  expect((await fetch(url, { method: "DELETE", headers })).status).toBe(204);
  await cut;
  ackedBefore = ackedOf(revoked);
  measuredAtCut = new Set(revoked.journal().kept.keys());
  // What it goes on measuring stays in its outbox, also when it is started again.
  await revoked.progress(40);
  await revoked.killAndStart();
  await flows(stack, 2_000);
  await revoked.progress(40);
  expect(ackedOf(revoked)).toBe(ackedBefore);
  expect(await stateOf(revoked.host.id)).toBe("revoked");
  await expect(startIntruder(revoked.host)).rejects.toThrow();
});

test("a clock that steps by an hour is refused and told; set back, it goes on and stores no second twice", async () => {
  const before = lastSecondOf(stepping);
  stepping.program().kill("SIGHUP");
  await until("an hour ahead", () => lastSecondOf(stepping) >= before + 3_600);
  await stepping.progress(20);
  await until("the refusal", async () =>
    (await rejectionsOf(stack)).some(
      ({ agent, what, reason }) =>
        agent === stepping.host.id && what === "time" && reason.includes("in the future"),
    ),
  );
  hourAhead = before + 3_600;
  stepping.program().kill("SIGHUP");
  await until("the hour back", async () =>
    (await rejectionsOf(stack)).some(
      ({ agent, what }) => agent === stepping.host.id && what === "overlap",
    ),
  );
  // 100 seconds are measured a second time; then it goes on.
  await until("the present again", () => measuredSeconds(stepping, before, before + 60) >= 40);
});

const lastSecondOf = (sender: Sender) => Math.max(...sender.journal().kept.keys());
const measuredSeconds = (sender: Sender, from: number, to: number) =>
  [...sender.journal().kept.keys()].filter((second) => second > from && second < to).length;

test("all that was measured is stored once, of the revoked agent what came before", async () => {
  for (const sender of [neighbour, stepping])
    await arrived(stack, sender.host.id, await sender.finish());
  await stack.hub().stop();
  const stored = await readStored(stack, [neighbour, stepping, revoked]);
  expect(stored.samples.repeated).toBe(0);
  expect(stored.minutes).toEqual({ all: expect.any(Number), wrong: 0 });
  expect(faultsOf(neighbour, stored)).toEqual(noFaults);
  // The wrong hour's seconds are the only ones refused: a true sample must find its second free.
  const isAhead = (second: number) => second >= hourAhead;
  const wrongHour = [...stepping.journal().kept.keys()].filter(isAhead);
  expect(faultsOf(stepping, stored)).toEqual({ ...noFaults, lost: wrongHour });
  const { invented, spoilt } = faultsOf(revoked, stored);
  expect({ invented, spoilt }).toEqual({ invented: [], spoilt: [] });
  const seconds = (stored.seconds.get(revoked.host.id) ?? []).map(({ second }) => second);
  // What was on its way at the cut may be stored without the agent having heard of it, or refused by the hub.
  expect(storedBefore.length).toBeGreaterThan(0);
  expect(storedBefore.filter((second) => !seconds.includes(second))).toEqual([]);
  expect(seconds.filter((second) => !measuredAtCut.has(second))).toEqual([]);
});
