// Where the hub's tasks arrive: verified, carried out, answered. An answer goes only to this agent's own reply subject, so that
// a task cannot make the agent publish anywhere else.
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import {
  type AgentId,
  type RefusalCode,
  type Task,
  type TaskReply,
  replySubject,
  tasksSubject,
} from "@tidemark/proto";
import { type TaskDeps, dispatch } from "./dispatch.ts";
import type { Nonces } from "./nonces.ts";

export interface InboxDeps {
  readonly agent: AgentId;
  readonly taskKey: string;
  /** The hub's clock; `undefined` before it is known. */
  readonly hubNowMs: () => number | undefined;
  readonly now: () => number;
  readonly nonces: Nonces;
  readonly tasks: TaskDeps;
  /** A task that is answered with a refusal; `task` is undefined when it is not to be believed. */
  readonly refused: (code: RefusalCode, reason: string, task: Task | undefined) => void;
  readonly failed: (cause: unknown) => void;
}

/** How far a task's times may lie outside now: with the hub's clock known, and with only our own. */
const toleranceMs = 2_000;
const blindToleranceMs = 30_000;

/** Answers tasks on `connection` until it closes; the subscription outlives reconnects. */
export function subscribeTasks(connection: NatsConnection, deps: InboxDeps): void {
  connection.subscribe(tasksSubject(deps.agent, "*"), {
    callback(error, message) {
      if (error !== null) {
        deps.failed(error);
        return;
      }
      answer(connection, message, deps).catch(deps.failed);
    },
  });
}

async function answer(connection: NatsConnection, message: Msg, deps: InboxDeps): Promise<void> {
  const reply = await carryOut(message.data, deps);
  const subject = message.reply;
  if (subject === undefined || !isOwnReply(subject, deps.agent)) return;
  if (!connection.isClosed()) connection.publish(subject, JSON.stringify(reply));
}

/** Never throws: what fails is the answer `failed`. */
export async function carryOut(bytes: Uint8Array, deps: InboxDeps): Promise<TaskReply> {
  try {
    const { verifyTask } = await import("./verify.ts");
    const hubNowMs = deps.hubNowMs();
    const verdict = verifyTask(bytes, {
      agent: deps.agent,
      taskKey: deps.taskKey,
      nowMs: hubNowMs ?? deps.now(),
      toleranceMs: hubNowMs === undefined ? blindToleranceMs : toleranceMs,
      nonces: deps.nonces,
    });
    if (verdict.kind === "refused") {
      const { code, reason } = verdict;
      deps.refused(code, reason, undefined);
      return { ok: false, code, reason };
    }
    const { task } = verdict.signed;
    const reply = await dispatch(task, deps.tasks);
    if (!reply.ok) deps.refused(reply.code, reply.reason, task);
    return reply;
  } catch (cause) {
    deps.failed(cause);
    return { ok: false, code: "failed", reason: "the agent failed while it carried the task out" };
  }
}

function isOwnReply(subject: string, agent: AgentId): boolean {
  const own = replySubject(agent, "");
  return subject.startsWith(own) && /^[A-Za-z0-9_-]{16,64}$/.test(subject.slice(own.length));
}
