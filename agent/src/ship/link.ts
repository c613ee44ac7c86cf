// The agent's link to its hub: one connection that carries records out, beats both ways and tasks in.
import type { NatsConnection } from "@nats-io/transport-node";
import type { Beat } from "@tidemark/proto";
import type { Identity } from "../enrol/identity.ts";
import type { TaskDeps } from "../tasks/dispatch.ts";
import { subscribeTasks } from "../tasks/inbox.ts";
import type { Nonces } from "../tasks/nonces.ts";
import type { Telemetry } from "../telemetry.ts";
import { startBeat } from "./beat.ts";
import { startConnection } from "./connection.ts";
import type { HubClock } from "./hub-clock.ts";
import type { Shipping } from "./lanes.ts";
import { publishRecord } from "./publish.ts";

export interface LinkDeps {
  /** As it is now: a renewed JWT is used from the next dial on. */
  readonly identity: () => Identity;
  readonly shipping: Pick<Shipping, "connected" | "disconnected" | "isQuiet">;
  readonly tasks: TaskDeps;
  readonly nonces: Nonces;
  readonly clock: HubClock;
  /** What a beat says besides the clocks. */
  readonly describe: () => Omit<Beat, "sentAtMs" | "clockOffsetMs" | "roundTripMs">;
  readonly telemetry: Telemetry;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  readonly random: () => number;
}

/** How long an acknowledgement may take, and how long a stop waits for those under way. */
const acknowledgeTimeoutMs = 5_000;
const drainMs = 1_000;
const drainLookMs = 20;

export function startLink(deps: LinkDeps): { stop(): Promise<void> } {
  const { shipping, telemetry, now, monotonicMs, random } = deps;
  const { agent, brokerUrls, taskKey, seed } = deps.identity();
  let subscribed: NatsConnection | undefined;

  const connection = startConnection({
    agent,
    brokerUrls,
    jwt: () => deps.identity().jwt,
    seed: Buffer.from(seed),
    random,
    onConnected(live) {
      telemetry.connected(live.getServer());
      if (subscribed !== live) {
        subscribed = live;
        subscribeTasks(live, {
          agent,
          taskKey,
          hubNowMs: deps.clock.hubNowMs,
          now,
          nonces: deps.nonces,
          tasks: deps.tasks,
          refused: telemetry.taskRefused,
          failed: telemetry.taskFailed,
        });
      }
      shipping.connected((record) => publishRecord(live, agent, record, acknowledgeTimeoutMs));
      beat.beatNow();
    },
    onDisconnected() {
      telemetry.disconnected();
      shipping.disconnected();
    },
    onTrouble: telemetry.connectionTrouble,
  });
  const beat = startBeat({
    agent,
    connection: connection.current,
    describe: deps.describe,
    clock: deps.clock,
    now,
    monotonicMs,
    unanswered: telemetry.beatUnanswered,
  });

  return {
    async stop() {
      beat.stop();
      const endMs = monotonicMs() + drainMs;
      while (!shipping.isQuiet() && connection.current() !== undefined && monotonicMs() < endMs)
        await new Promise((resolve) => setTimeout(resolve, drainLookMs));
      await connection.stop();
    },
  };
}
