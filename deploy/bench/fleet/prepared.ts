// A hub's data folder as it is after a long absence of the hub: a thousand enrolled hosts, and what they have sent since in the
// broker's stream. Published once, over the hosts' own connections and credentials; every run works on a copy.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { pino } from "pino";
import { type Broker, startBroker } from "../../../hub/src/broker/broker.ts";
import type { SimulatedFleet } from "../../../hub/src/simulate/enrol.ts";
import { simulateFleet } from "../../../hub/src/simulate/fleet.ts";
import type { SimulatedIdentity } from "../../../hub/src/simulate/host.ts";
import { type AgentRegistry, openAgents } from "../../../hub/src/state/agents.ts";

export interface FleetShape {
  readonly hosts: number;
  readonly series: number;
  /** Seconds from tick to tick. */
  readonly intervalSeconds: number;
  /** Messages each host has sent. */
  readonly batches: number;
}

export const batchTicks = 15;
export const samplesOf = ({ hosts, series, batches }: FleetShape) =>
  hosts * series * batches * batchTicks;

/** With the number that stands for the host in the tables. */
export interface PreparedHost extends SimulatedIdentity {
  readonly host: number;
}

export interface PreparedFleet {
  readonly shape: FleetShape;
  readonly hosts: readonly PreparedHost[];
  /** Of all batches together, as published. */
  readonly bytes: number;
  /** A copy to run a hub in; the caller removes it. */
  copy(): Promise<string>;
  remove(): Promise<void>;
}

const issueAtOnce = 32;

/** Throws unless the broker acknowledged every batch. */
export async function prepareFleet(
  shape: FleetShape,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<PreparedFleet> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-bench-"));
  try {
    const log = pino({ level: "warn" }, pino.destination({ fd: 2, sync: true }));
    const broker = await startBroker({ dataDir: folder, host: "127.0.0.1", port: 0 }, log);
    try {
      progress(`enrolling ${shape.hosts} hosts`);
      const fleet = await enrol(shape.hosts, broker);
      progress(`publishing ${shape.hosts * shape.batches} messages`);
      const bytes = await publish(fleet, shape, signal);
      return {
        shape,
        hosts: fleet.hosts,
        bytes,
        async copy() {
          const target = await mkdtemp(join(tmpdir(), "tidemark-bench-run-"));
          await cp(folder, target, { recursive: true });
          return target;
        },
        remove: () => rm(folder, { recursive: true, force: true }),
      };
    } finally {
      await broker.stop();
    }
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
}

interface EnrolledFleet extends SimulatedFleet {
  readonly hosts: readonly PreparedHost[];
}

async function enrol(count: number, broker: Broker): Promise<EnrolledFleet> {
  const agents = await openAgents(broker.connection);
  try {
    const hosts: PreparedHost[] = [];
    for (let start = 0; start < count; start += issueAtOnce) {
      const names = Array.from({ length: Math.min(issueAtOnce, count - start) }, (_, index) =>
        String(start + index).padStart(4, "0"),
      );
      hosts.push(...(await Promise.all(names.map((name) => enrolOne(name, broker, agents)))));
    }
    return { brokerUrls: broker.brokerUrls, hosts };
  } finally {
    await agents.stop();
  }
}

async function enrolOne(
  number: string,
  broker: Broker,
  agents: AgentRegistry,
): Promise<PreparedHost> {
  const key = createUser();
  const publicKey = key.getPublicKey();
  const name = `sim-${number}`;
  const { id, host } = await agents.create({ name, labels: { simulated: "yes" }, publicKey });
  const jwt = await broker.issue(id, publicKey);
  return { name, agent: id, host, jwt, seed: new TextDecoder().decode(key.getSeed()) };
}

async function publish(
  fleet: SimulatedFleet,
  shape: FleetShape,
  signal: AbortSignal,
): Promise<number> {
  if (shape.batches === 0) return 0;
  const sent = await simulateFleet(fleet, fleetOptions(shape), signal, () => undefined);
  signal.throwIfAborted();
  if (sent.failed > 0 || sent.samples !== samplesOf(shape))
    throw new Error(
      `the broker took ${sent.samples} of ${samplesOf(shape)} samples, ${sent.failed} batches failed`,
    );
  return sent.bytes;
}

/** History only, as fast as the broker takes it. */
export function fleetOptions({ series, intervalSeconds, batches }: FleetShape) {
  return {
    series,
    intervalSeconds,
    batchTicks,
    seed: 1,
    durationSeconds: 0,
    backlogSeconds: batches * batchTicks * intervalSeconds,
  };
}
