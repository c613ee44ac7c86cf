// The agent's pulse: every 5 s what the hub must know of it, and by the hub's answer how far the two clocks are apart.
import type { NatsConnection } from "@nats-io/transport-node";
import { type AgentId, type Beat, beatSubject, encodeJson } from "@tidemark/proto";
import type { HubClock } from "./hub-clock.ts";

export interface BeatDeps {
  readonly agent: AgentId;
  readonly connection: () => NatsConnection | undefined;
  /** Everything but what the beat itself knows. */
  readonly describe: () => Omit<Beat, "sentAtMs" | "clockOffsetMs" | "roundTripMs">;
  readonly clock: HubClock;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  /** A beat that the hub did not answer. */
  readonly unanswered: () => void;
}

export const beatEveryMs = 5_000;
const replyTimeoutMs = 4_000;

/** Beats until `stop`; `beatNow` is for a fresh connection. */
export function startBeat(deps: BeatDeps): { beatNow(): void; stop(): void } {
  const timer = setInterval(() => void sendBeat(deps), beatEveryMs);
  return {
    beatNow: () => void sendBeat(deps),
    stop: () => clearInterval(timer),
  };
}

async function sendBeat(deps: BeatDeps): Promise<void> {
  const connection = deps.connection();
  if (connection === undefined) return;
  const offsetMs = deps.clock.offsetMs();
  const sentMs = deps.monotonicMs();
  const beat: Beat = {
    ...deps.describe(),
    sentAtMs: deps.now(),
    clockOffsetMs: offsetMs ?? null,
    roundTripMs: deps.clock.roundTripMs() ?? null,
  };
  try {
    const reply = await connection.request(beatSubject(deps.agent), encodeJson(beat), {
      timeout: replyTimeoutMs,
    });
    const hubMs = receivedAtOf(reply.data);
    if (hubMs === undefined) deps.unanswered();
    else deps.clock.answered(sentMs, deps.monotonicMs(), hubMs);
  } catch {
    // No hub, or no broker any more: the next beat asks again.
    deps.unanswered();
  }
}

/** `receivedAtMs` of a BeatReply. By hand, so that an idle agent need not load a schema library for one number. */
function receivedAtOf(bytes: Uint8Array): number | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("receivedAtMs" in value)) return undefined;
  const { receivedAtMs } = value;
  return typeof receivedAtMs === "number" && Number.isFinite(receivedAtMs)
    ? receivedAtMs
    : undefined;
}
