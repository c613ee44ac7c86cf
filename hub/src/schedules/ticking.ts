// The leader's clock: looks at every schedule that is due or has something open, again and again. Several schedules at the same time,
// one look at one schedule.
import type { ScheduleId } from "@tidemark/proto";
import type { ScheduleRecord } from "../state/schedules.ts";
import { dueBetween } from "./due.ts";
import { type FiringDeps, look } from "./firing.ts";
import type { Progress } from "./progress.ts";

export interface TickingDeps extends FiringDeps {
  readonly leader: FiringDeps["leader"] & {
    onChange(listener: (isLeader: boolean) => void): () => void;
  };
  /** Calls back again and again until told to stop; every second unless a test brings its own. */
  readonly every?: (ms: number, tick: () => void) => () => void;
}

const tickMs = 1_000;
const atOnceMax = 8;

export interface Ticking {
  /** Looks at once. Resolves when every schedule was looked at, also by looks that were under way. */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

export function startTicking(deps: TickingDeps): Ticking {
  const { tables, leader, now, log, every = byTimer } = deps;
  /** When a schedule with nothing open starts next: until then nothing can come of looking at it. */
  const next = new Map<ScheduleId, number>();
  let latestMs = 0;
  let under: Promise<void> | undefined;
  let isAskedAgain = false;

  const forget = tables.schedules.onChange((_key, record) => {
    if (record === undefined) return;
    next.delete(record.id);
  });
  const stopFollowing = leader.onChange((leads) => {
    next.clear();
    if (leads) void tick();
  });

  async function lookAt(schedule: ScheduleRecord): Promise<void> {
    const { id, spec, activeFromMs } = schedule;
    const open = tables.progress.get(id)?.open ?? [];
    if (open.length === 0 && (next.get(id) ?? 0) > now()) return;
    const progress = await look(deps, schedule);
    if (progress === undefined) return;
    next.set(id, nextStart(id, spec, activeFromMs, progress));
  }

  async function lookAtAll(): Promise<void> {
    // A clock that went back: what is next must be worked out anew.
    if (now() < latestMs) next.clear();
    latestMs = now();
    const waiting = Array.from(tables.schedules.entries(), ([, schedule]) => schedule);
    const worker = async () => {
      for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
        if (!leader.isLeader()) return;
        const { id } = one;
        await lookAt(one).catch((err: unknown) => log.warn({ err, schedule: id }, "look failed"));
      }
    };
    await Promise.all(Array.from({ length: atOnceMax }, worker));
  }

  async function run(): Promise<void> {
    do {
      isAskedAgain = false;
      await lookAtAll();
    } while (isAskedAgain);
  }

  function tick(): Promise<void> {
    if (under !== undefined) isAskedAgain = true;
    under ??= run().finally(() => {
      under = undefined;
    });
    return under;
  }

  const stopTicking = every(tickMs, () => {
    // A look that takes longer than a tick is not asked for a second one.
    if (under === undefined && leader.isLeader()) void tick();
  });
  return {
    tick,
    async stop() {
      stopTicking();
      forget();
      stopFollowing();
      isAskedAgain = false;
      await under;
    },
  };
}

function nextStart(
  id: ScheduleId,
  spec: ScheduleRecord["spec"],
  activeFromMs: number,
  { untilMs }: Progress,
): number {
  const [due] = dueBetween(id, spec, Math.max(untilMs, activeFromMs), Infinity, 1);
  return due?.startsAtMs ?? Infinity;
}

function byTimer(ms: number, tick: () => void): () => void {
  const timer = setInterval(tick, ms);
  return () => clearInterval(timer);
}
