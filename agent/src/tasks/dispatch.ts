// A verified task to the part that carries it out, and its answer.
import {
  type BootId,
  type LoadPlan,
  type RunId,
  type Task,
  type TaskReply,
  isBootId,
  isRunId,
} from "@tidemark/proto";

/** The load runner, as tasks need it. */
export interface RunTasks {
  start(run: RunId, plan: LoadPlan, startAtMs?: number): Promise<TaskReply>;
  tryOnce(plan: LoadPlan): Promise<TaskReply>;
  cancel(run: RunId): TaskReply;
  lease(run: RunId, ttlMs: number): TaskReply;
}

/** The rest of the agent, as tasks need it. */
export interface TaskDeps {
  readonly runs: RunTasks;
  /** Unix ms. */
  readonly now: () => number;
  /** How many records will be sent again. */
  readonly replay: (boot: BootId, firstSeq: number, lastSeq: number) => number;
  /** Whether the table is kept. */
  readonly resendTable: (hash: string) => boolean;
  /** Why the JWT is refused; `undefined` once it is in use. */
  readonly renew: (jwt: string) => string | undefined;
}

export async function dispatch(task: Task, deps: TaskDeps): Promise<TaskReply> {
  switch (task.kind) {
    case "run":
      return isRunId(task.run)
        ? deps.runs.start(task.run, task.plan, task.startAtMs)
        : malformed("run");
    case "cancel":
      return isRunId(task.run) ? deps.runs.cancel(task.run) : malformed("run");
    case "lease":
      return isRunId(task.run) ? deps.runs.lease(task.run, task.ttlMs) : malformed("run");
    case "try":
      return deps.runs.tryOnce(task.plan);
    case "clock":
      return { ok: true, clockMs: deps.now() };
    case "replay": {
      if (!isBootId(task.boot)) return malformed("boot");
      const count = deps.replay(task.boot, task.firstSeq, task.lastSeq);
      return count > 0 ? { ok: true } : no("failed", "none of these records is held any more");
    }
    case "series":
      return deps.resendTable(task.hash)
        ? { ok: true }
        : no("failed", `the series table ${task.hash} is not held any more`);
    case "renew": {
      const reason = deps.renew(task.jwt);
      return reason === undefined ? { ok: true } : no("malformed", reason);
    }
  }
}

const no = (code: "failed" | "malformed", reason: string): TaskReply => ({
  ok: false,
  code,
  reason,
});
const malformed = (what: string) => no("malformed", `${what} is not an id`);
