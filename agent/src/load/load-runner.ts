// The load runner as the rest of the agent sees it.
import type { LoadPlan, RunId, TaskReply } from "@tidemark/proto";

export interface LoadRunner {
  start(run: RunId, plan: LoadPlan): Promise<TaskReply>;
  cancel(run: RunId): TaskReply;
  lease(run: RunId, ttlMs: number): TaskReply;
  active(): readonly RunId[];
  /** Whether the local policy lets any load test run. */
  allowed(): boolean;
  /** First 16 hex digits of the policy's SHA-256. */
  policyHash(): string;
  stop(): Promise<void>;
}

/** For an agent built without a load generator: every run is refused with the reason. */
export function noLoadRunner(): LoadRunner {
  const unsupported: TaskReply = {
    ok: false,
    code: "unsupported",
    reason: "this agent has no load generator",
  };
  return {
    start: async () => unsupported,
    cancel: () => unsupported,
    lease: () => unsupported,
    active: () => [],
    allowed: () => false,
    policyHash: () => "",
    stop: async () => undefined,
  };
}
