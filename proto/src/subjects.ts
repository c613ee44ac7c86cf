// Every NATS subject, in one place. The broker enforces that agent X publishes and subscribes only where `permissionsOf(X)`
// says, so a hub that takes the agent's id from the subject cannot be lied to.
import { type AgentId, type RunId, isAgentId, isRunId } from "./ids.ts";

/** The three durable lanes from agent to hub; each has its own outbox on the agent and its own stream on the broker. */
export const lanes = ["metrics", "events", "results"] as const;
export type Lane = (typeof lanes)[number];

/** JetStream streams, one a lane. Series tables travel in the metrics stream so that they arrive before the batches that use them. */
export const streams = {
  metrics: { name: "METRICS", subjects: ["v1.metrics.*", "v1.series.*"] },
  events: { name: "EVENTS", subjects: ["v1.events.*"] },
  results: { name: "RESULTS", subjects: ["v1.results.*.run.>"] },
} as const satisfies Record<Lane, { name: string; subjects: readonly string[] }>;

export const metricsSubject = (agent: AgentId) => `v1.metrics.${agent}`;
export const seriesSubject = (agent: AgentId) => `v1.series.${agent}`;
export const eventsSubject = (agent: AgentId) => `v1.events.${agent}`;
export const beatSubject = (agent: AgentId) => `v1.beat.${agent}`;
/** Where the agent listens for every task; the last token is the task's kind. */
export const tasksSubject = (agent: AgentId, kind: string) => `v1.tasks.${agent}.${kind}`;
export const runIntervalSubject = (agent: AgentId, run: RunId) =>
  `v1.results.${agent}.run.${run}.interval`;
export const runFinalSubject = (agent: AgentId, run: RunId) =>
  `v1.results.${agent}.run.${run}.final`;
/** The hub asks on `tasksSubject` with this as reply: the agent may publish here, and no stream keeps it. */
export const replySubject = (agent: AgentId, nonce: string) => `v1.results.${agent}.reply.${nonce}`;
/** The `inboxPrefix` of agent X's connection: acknowledgements of its own publishes arrive below it, and nobody else's. */
export const inboxPrefix = (agent: AgentId) => `_INBOX.${agent}`;

/** What the broker lets agent X do; everything else is refused. No `$JS.API`, no `allow_responses`. */
export function permissionsOf(agent: AgentId) {
  return {
    publish: [
      metricsSubject(agent),
      seriesSubject(agent),
      eventsSubject(agent),
      beatSubject(agent),
      `v1.results.${agent}.>`,
    ],
    subscribe: [`v1.tasks.${agent}.>`, `${inboxPrefix(agent)}.>`],
  } as const;
}

/** A subject taken apart; `undefined` when no agent of ours may publish there. */
export type Subject =
  | { readonly kind: "metrics" | "series" | "events" | "beat"; readonly agent: AgentId }
  | { readonly kind: "interval" | "final"; readonly agent: AgentId; readonly run: RunId };

/** Reads who published from a subject the broker has enforced. */
export function parseSubject(subject: string): Subject | undefined {
  const [version, kind, agent, ...rest] = subject.split(".");
  if (version !== "v1" || agent === undefined || !isAgentId(agent)) return undefined;
  switch (kind) {
    case "metrics":
    case "series":
    case "events":
    case "beat":
      return rest.length === 0 ? { kind, agent } : undefined;
    case "results": {
      const [marker, run, what] = rest;
      if (rest.length !== 3 || marker !== "run" || run === undefined || !isRunId(run))
        return undefined;
      return what === "interval" || what === "final" ? { kind: what, agent, run } : undefined;
    }
    default:
      return undefined;
  }
}

/** The `Nats-Msg-Id` of one outbox record; JetStream refuses the second copy within its window, the hub after it. */
export const messageId = (agent: AgentId, boot: string, seq: number) => `${agent}:${boot}:${seq}`;

/** The hub reads boot and seq back from the header; `undefined` when the header is not of `agent`. */
export function parseMessageId(
  id: string,
  agent: AgentId,
): { boot: string; seq: number } | undefined {
  const match = /^([a-z2-7]{16}):([a-z2-7]{16}):(\d{1,15})$/.exec(id);
  if (match === null || match[1] !== agent) return undefined;
  return { boot: match[2] ?? "", seq: Number(match[3]) };
}
