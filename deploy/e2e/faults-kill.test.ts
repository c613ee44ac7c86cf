// kill −9 of every program in turn, under load; afterwards the database is held against what was measured.
import { join } from "node:path";
import { NoticeList } from "@tidemark/proto";
import { expect, onTestFinished, test } from "vitest";
import { arrived, arrivedSeconds, flows, statusOf } from "./stack-arrival.ts";
import { faultsOf, holesOf, noFaults } from "./stack-oracle.ts";
import { type RealAgent, startRealAgent } from "./stack-real-agent.ts";
import { type Sender, startSender } from "./stack-sender.ts";
import { readStored } from "./stack-stored.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./stack-until.ts";

/** Every program is killed once in each. */
const rounds = 4;
const fleetHosts = 20;
/** Present in every sample of every host. */
const gauge = "system.cpu.load_average.1m";

test("every sample is stored exactly once, whoever is killed −9 under load", async () => {
  const stack = await startStack();
  onTestFinished(() => stack.stop());
  const senders = await Promise.all(
    [1, 2, 3].map((salt) => startSender(stack, `sender-${salt}`, { salt })),
  );
  const agents = [
    await startRealAgent(stack, "agent-1", 1),
    await startRealAgent(stack, "agent-2", 3),
  ];
  const fleet = startFleet(stack);
  const all = senders.length + agents.length + fleetHosts;
  await until("every agent", async () => (await statusOf(stack)).agents.online === all);

  for (let round = 0; round < rounds; round += 1) {
    // In some rounds the next is killed while the last one's outbox is still being replayed.
    const isCalm = round % 2 === 0;
    const sender = at(senders, round);
    const agent = at(agents, round);
    if (isCalm) await flows(stack, 2_000);
    await sender.progress(10 + 7 * round);
    await killBroker(stack);
    if (isCalm) await flows(stack, 2_000);
    await sender.progress(3 * round);
    await killHub(stack);
    if (isCalm) await flows(stack, 2_000);
    await sender.progress(5 * round);
    await Promise.all([sender.killAndStart(), agent.killAndStart()]);
  }
  // The hub stands still as under a debugger or a starved machine, and goes on.
  stack.hub().kill("SIGSTOP");
  await at(senders, 0).progress(120);
  stack.hub().kill("SIGCONT");
  await flows(stack, 2_000);

  expect(fleet.lives).toBe(true);
  await fleet.stop();
  await settle(stack, senders, agents);
  for (const { host, deaths } of agents) {
    const { items } = await stack.api.call("GET", `/agents/${host.id}/notices`, NoticeList);
    const starts = items.filter(({ code }) => code === "agent-started");
    expect(starts).toHaveLength(deaths.length + 1);
  }
  await stack.hub().stop();

  const stored = await readStored(
    stack,
    senders,
    agents.map(({ host }) => host.id),
  );
  expect(stored.samples.repeated).toBe(0);
  expect(stored.minutes).toEqual({ all: expect.any(Number), wrong: 0 });
  expect(stored.parked).toBe(0);
  for (const sender of senders) expect(faultsOf(sender, stored)).toEqual(noFaults);
  for (const { host, deaths, batchTicks } of agents) {
    const seconds = stored.seconds.get(host.id) ?? [];
    expect(seconds.length).toBeGreaterThan(20);
    expect(seconds.filter(({ rows, series }) => rows !== series)).toEqual([]);
    expect(holesOf(seconds, deaths, { batchTicks, startSeconds: 5 })).toEqual([]);
  }
});

const at = <T>(list: readonly T[], index: number): T => list[index % list.length]!;

async function killBroker(stack: Stack): Promise<void> {
  await until("a broker", () => stack.broker.pid() !== undefined);
  const pid = stack.broker.kill();
  await until("another broker", () => (stack.broker.pid() ?? pid) !== pid);
}

async function killHub(stack: Stack): Promise<void> {
  stack.hub().kill("SIGKILL");
  await stack.hub().ended;
  await stack.startHub();
}

/** Load beside what is checked; what it could not send it does not send again. */
function startFleet(stack: Stack) {
  const flags = `--hosts ${fleetHosts} --series 100 --batch-ticks 1 --duration 600`.split(" ");
  const identities = ["--identities", join(stack.folder, "fleet.json")];
  return stack.start("fleet", "hub/src/main.ts", ["simulate", "fleet", ...flags, ...identities], {
    TIDEMARK_DATA_DIR: stack.hubDir,
  });
}

/** Everything that is measured is at the hub. */
async function settle(
  stack: Stack,
  senders: readonly Sender[],
  agents: readonly RealAgent[],
): Promise<void> {
  const stoppedMs = Date.now();
  const last = await Promise.all(senders.map((sender) => sender.finish()));
  for (const [index, { host }] of senders.entries()) await arrived(stack, host.id, at(last, index));
  const from = Math.floor(stoppedMs / 1_000);
  for (const { host, deaths, batchTicks, program } of agents) {
    // Not asked to stop before what waited behind the last faults has been replayed.
    await until(`a whole row of seconds of ${host.name}`, async () => {
      const seconds = await arrivedSeconds(stack, host.id, gauge, from - 300, from + 300);
      const stored = seconds.map((second) => ({ second, rows: 1, series: 1, wrong: 0 }));
      const holes = holesOf(stored, deaths, { batchTicks, startSeconds: 5 });
      return seconds.length > 0 && seconds.at(-1)! >= from && holes.length === 0;
    });
    await program().stop();
  }
}
