// Who is there: listens to every agent's beats, answers each with the hub's clock, and tells when an agent comes, goes stale
// or goes away. In memory alone, since one beat interval after a restart everything is known again.
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import {
  type Agent,
  type AgentId,
  type AgentState,
  type Beat,
  MessageRejected,
  encodeJson,
  inboxPrefix,
  parseBeat,
  parseSubject,
} from "@tidemark/proto";
import type { AgentRecord, AgentRegistry } from "../state/agents.ts";
import { presenceLimits, stateOf } from "./agent-state.ts";

export interface SeenBeat {
  readonly beat: Beat;
  /** Hub clock, Unix ms. */
  readonly receivedAtMs: number;
}

export interface Presence {
  beatOf(id: AgentId): SeenBeat | undefined;
  /** The agent as the API shows it. */
  view(record: AgentRecord, nowMs: number): Agent;
  onBeat(listener: (agent: AgentId, beat: Beat) => void): () => void;
  /** Told when an agent's state changes, not at every beat. */
  onState(listener: (agent: Agent) => void): () => void;
  stop(): Promise<void>;
}

export interface PresenceDeps {
  readonly connection: NatsConnection;
  readonly agents: Pick<AgentRegistry, "get" | "all" | "onChange">;
  /** Metric messages the hub lacks from this agent and has asked for. */
  readonly missingBatches: (agent: AgentId) => number;
  readonly now: () => number;
  readonly rejected: (agent: AgentId | null, what: string, reason: string) => void;
  /** Calls `look` every `ms` until the returned function is called; a test brings its own. */
  readonly every?: (ms: number, look: () => void) => () => void;
}

const lookMs = 1_000;

export function startPresence(deps: PresenceDeps): Presence {
  const { agents, connection, now, rejected, every = byTimer } = deps;
  const seen = new Map<AgentId, SeenBeat>();
  const states = new Map<AgentId, AgentState>();
  const beatListeners = new Set<(agent: AgentId, beat: Beat) => void>();
  const stateListeners = new Set<(agent: Agent) => void>();

  function view(record: AgentRecord, nowMs: number): Agent {
    const last = seen.get(record.id);
    const beat = last?.beat;
    return {
      id: record.id,
      name: record.name,
      labels: record.labels,
      state: stateOf(record, last?.receivedAtMs, nowMs),
      enrolledAtMs: record.enrolledAtMs,
      lastSeenMs: last?.receivedAtMs ?? null,
      version: beat?.version ?? null,
      intervalSeconds: beat?.intervalSeconds ?? null,
      clockOffsetMs: beat?.clockOffsetMs ?? null,
      lanes: beat?.lanes ?? null,
      activeRuns: beat?.activeRuns ?? [],
      loadAllowed: beat?.load.allowed ?? null,
      missingBatches: deps.missingBatches(record.id),
    };
  }

  function look(record: AgentRecord, nowMs: number): void {
    const state = stateOf(record, seen.get(record.id)?.receivedAtMs, nowMs);
    const before = states.get(record.id);
    if (state === before) return;
    states.set(record.id, state);
    // Without a beat and a state before, an agent is offline since its enrolment, or was revoked before this start: no news.
    // The listeners' parts may not even be open yet when a start looks for the first time.
    if (before === undefined && !seen.has(record.id)) return;
    const agent = view(record, nowMs);
    for (const listener of stateListeners) listener(agent);
  }

  function receive(message: Msg): void {
    const subject = parseSubject(message.subject);
    if (subject === undefined) return rejected(null, "beat", "its subject names no agent");
    const id = subject.agent;
    const record = agents.get(id);
    if (record === undefined) return rejected(id, "beat", "no such agent is enrolled");
    if (record.revokedAtMs !== null) return rejected(id, "beat", "the agent is revoked");
    if (!leadsHome(message.reply, id))
      return rejected(id, "beat", "its reply subject is not in the agent's inbox");
    const receivedAtMs = now();
    const last = seen.get(id)?.receivedAtMs;
    if (last !== undefined && Math.abs(receivedAtMs - last) < presenceLimits.beatGapMsMin)
      return rejected(id, "beat", `less than ${presenceLimits.beatGapMsMin} ms after the last`);
    let beat: Beat;
    try {
      beat = parseBeat(message.data);
    } catch (cause) {
      if (cause instanceof MessageRejected) return rejected(id, "beat", cause.reason);
      throw cause;
    }
    seen.set(id, { beat, receivedAtMs });
    message.respond(encodeJson({ receivedAtMs }));
    for (const listener of beatListeners) listener(id, beat);
    look(record, receivedAtMs);
  }

  function lookAtAll(): void {
    const nowMs = now();
    for (const record of agents.all()) look(record, nowMs);
  }

  const subscription = connection.subscribe("v1.beat.*", {
    callback: (cause, message) => {
      // An error ends the subscription; the connection's status tells why.
      if (cause === null) receive(message);
    },
  });
  lookAtAll();
  const stopLooking = every(lookMs, lookAtAll);
  const stopFollowing = agents.onChange((record) => look(record, now()));

  return {
    beatOf: (id) => seen.get(id),
    view,
    onBeat(listener) {
      beatListeners.add(listener);
      return () => beatListeners.delete(listener);
    },
    onState(listener) {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    async stop() {
      stopLooking();
      stopFollowing();
      subscription.unsubscribe();
    },
  };
}

/**
 * The hub may publish where no agent may, so it answers only into the asker's inbox. The embedded broker puts a subject of its
 * own (`_R_.`) in place of what the agent wrote, since hub and agents have an account each; an external one may not.
 */
function leadsHome(reply: string | undefined, agent: AgentId): boolean {
  if (reply === undefined || reply === "") return true;
  return reply.startsWith("_R_.") || reply.startsWith(`${inboxPrefix(agent)}.`);
}

function byTimer(ms: number, look: () => void): () => void {
  const timer = setInterval(look, ms);
  return () => clearInterval(timer);
}
