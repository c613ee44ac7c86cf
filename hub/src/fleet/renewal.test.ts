import { type AgentId, type Beat, type Task, type TaskReply, newId } from "@tidemark/proto";
import { pino } from "pino";
import { expect, test } from "vitest";
import type { AgentRecord } from "../state/agents.ts";
import { renewalLimits, startRenewal } from "./renewal.ts";

const record: AgentRecord = {
  id: newId<AgentId>(),
  host: 1,
  name: "rack-1",
  labels: {},
  publicKey: "U",
  enrolledAtMs: 0,
  credentialAtMs: 0,
  revokedAtMs: null,
};

function begin(reply: TaskReply, before: Partial<AgentRecord> = {}) {
  const held = { record: { ...record, ...before } };
  const sent: Task[] = [];
  const clock = { nowMs: 0 };
  let beat: ((agent: AgentId, beat: Beat) => void) | undefined;
  let updated: () => void = () => {};
  const stop = startRenewal({
    presence: {
      onBeat: (listener) => {
        beat = listener;
        return () => (beat = undefined);
      },
    },
    agents: {
      get: () => held.record,
      update: async (_id, change) => {
        held.record = { ...held.record, credentialAtMs: change.credentialAtMs ?? 0 };
        updated();
        return held.record;
      },
    },
    broker: { issue: async () => "new.jwt" },
    send: async (_agent, task) => {
      sent.push(task);
      return { kind: "answered", reply };
    },
    now: () => clock.nowMs,
    log: pino({ level: "silent" }),
  });
  return {
    sent,
    held,
    stop,
    beatAt(nowMs: number) {
      clock.nowMs = nowMs;
      beat?.(record.id, {} as Beat);
    },
    update: new Promise<void>((resolve) => (updated = resolve)),
  };
}

test("half-way through its credentials' life a beating agent gets new ones, once", async () => {
  const renewal = begin({ ok: true });
  renewal.beatAt(renewalLimits.afterMs - 1);
  expect(renewal.sent).toEqual([]);
  renewal.beatAt(renewalLimits.afterMs);
  await renewal.update;
  expect(renewal.sent).toEqual([{ kind: "renew", jwt: "new.jwt" }]);
  expect(renewal.held.record.credentialAtMs).toBe(renewalLimits.afterMs);
  renewal.beatAt(renewalLimits.afterMs + renewalLimits.retryMs);
  expect(renewal.sent).toHaveLength(1);
  renewal.stop();
});

test("a refused renewal is tried again after an hour, a revoked agent's never", async () => {
  const renewal = begin({ ok: false, code: "failed", reason: "disk full" });
  renewal.beatAt(renewalLimits.afterMs);
  await expect.poll(() => renewal.sent.length).toBe(1);
  renewal.beatAt(renewalLimits.afterMs + renewalLimits.retryMs - 1);
  expect(renewal.sent).toHaveLength(1);
  renewal.beatAt(renewalLimits.afterMs + renewalLimits.retryMs);
  await expect.poll(() => renewal.sent.length).toBe(2);
  expect(renewal.held.record.credentialAtMs).toBe(0);

  const revoked = begin({ ok: true }, { revokedAtMs: 5 });
  revoked.beatAt(renewalLimits.afterMs);
  expect(revoked.sent).toEqual([]);
});
