// The load side of an agent, reduced to its wire: checks each task's signature, answers as told, publishes results with real ids.
import { createPublicKey, verify } from "node:crypto";
import { deflateSync } from "node:zlib";
import type { NatsConnection } from "@nats-io/transport-node";
import {
  type AgentId,
  type BootId,
  type Counts,
  Histogram,
  type RunFinal,
  type RunId,
  type RunInterval,
  type SignedTask,
  type Task,
  type TaskKind,
  type TaskReply,
  emptyCounts,
  encodeHistogram,
  encodeJson,
  messageId,
  newId,
  parseSignedTask,
  parseTaskEnvelope,
  runFinalSubject,
  runIntervalSubject,
  tasksSubject,
} from "@tidemark/proto";
import { send } from "./metrics-source.ts";

export interface LoadAgent {
  readonly id: AgentId;
  readonly connection: NatsConnection;
  readonly tasks: SignedTask[];
  /** How tasks are answered, but for those that ask for the clock; ok unless set. */
  reply: (task: SignedTask["task"]) => TaskReply | undefined | Promise<TaskReply | undefined>;
  /** How the clock is told; right unless set. */
  clock: () => TaskReply | undefined | Promise<TaskReply | undefined>;
  /** Its tasks of one kind. */
  tasksOf<K extends TaskKind>(kind: K): readonly Extract<Task, { kind: K }>[];
  interval(run: RunId, interval: RunInterval): Promise<void>;
  final(run: RunId, final: RunFinal): Promise<void>;
  /** Publishes any bytes where results go. */
  raw(subject: string, bytes: Uint8Array): Promise<void>;
}

export function startLoadAgent(
  id: AgentId,
  connection: NatsConnection,
  taskKey: string,
): LoadAgent {
  const boot = newId<BootId>();
  let seq = 0;
  const raw = async (subject: string, frame: Uint8Array) => {
    await send(connection, { subject, frame, id: messageId(id, boot, seq++) });
  };
  const agent: LoadAgent = {
    id,
    connection,
    tasks: [],
    reply: () => ({ ok: true }),
    clock: () => ({ ok: true, clockMs: Date.now() }),
    tasksOf: (kind) => agent.tasks.flatMap(({ task }) => (isKind(task, kind) ? [task] : [])),
    interval: (run, interval) =>
      raw(runIntervalSubject(id, run), Buffer.from(JSON.stringify(interval))),
    final: (run, final) => raw(runFinalSubject(id, run), Buffer.from(JSON.stringify(final))),
    raw,
  };
  const x = Buffer.from(taskKey, "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  connection.subscribe(tasksSubject(id, "*"), {
    callback(_, message) {
      const envelope = parseTaskEnvelope(message.data);
      const payload = Buffer.from(envelope.payload, "base64");
      if (!verify(null, payload, key, Buffer.from(envelope.signature, "base64")))
        throw new Error("a task with a bad signature");
      const signed = parseSignedTask(payload);
      agent.tasks.push(signed);
      const answer = signed.task.kind === "clock" ? agent.clock() : agent.reply(signed.task);
      void Promise.resolve(answer).then((reply) => {
        if (reply !== undefined) message.respond(encodeJson(reply));
      });
    },
  });
  return agent;
}

const isKind = <K extends TaskKind>(task: Task, kind: K): task is Extract<Task, { kind: K }> =>
  task.kind === kind;

// Lately: what is older than the retention is gone at once.
const startMs = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
const health = {
  threadCpu: 0.1,
  processCpu: 0.1,
  eventLoopDelayP99Ms: 0,
  eventLoopDelayMaxMs: 0,
  gcPauseMs: 0,
  latenessP99Micros: 10,
  latenessMaxMicros: 20,
  hostCpu: 0.2,
  hostSteal: 0,
  hostCpuPressure: null,
};

function encoded(micros: readonly number[]): string {
  const histogram = new Histogram();
  for (const value of micros) histogram.record(value);
  return Buffer.from(encodeHistogram(histogram, deflateSync)).toString("base64");
}

function countsOf(latencies: readonly number[]): Counts {
  const sent = latencies.length;
  return {
    ...emptyCounts(),
    due: sent,
    sent,
    completed: sent,
    connects: 1,
    statuses: { 200: sent },
  };
}

/** An interval of responses with these latencies, µs. */
export function intervalOf(
  index: number,
  latencies: readonly number[],
  firstMs = startMs,
): RunInterval {
  return {
    index,
    startedAtMs: firstMs + index * 1_000,
    durationMs: 1_000,
    counts: countsOf(latencies),
    backlog: index,
    inFlight: 1,
    histograms: {
      response: encoded(latencies),
      service: encoded(latencies.map((micros) => Math.floor(micros / 2))),
      lateness: encoded(latencies.map(() => 5)),
    },
  };
}

export function finalOf(
  intervals: number,
  latencies: readonly number[],
  change: Partial<RunFinal> = {},
): RunFinal {
  const { histograms, counts } = intervalOf(0, latencies);
  return {
    state: "completed",
    cause: "",
    startedAtMs: startMs,
    endedAtMs: startMs + intervals * 1_000,
    intervals,
    counts,
    unsent: 0,
    inFlight: 0,
    histograms,
    generator: health,
    source: { generator: "tidemark", version: "test", exact: true, relativeErrorMax: null },
    remarks: [],
    spoiled: [],
    ...change,
  };
}
