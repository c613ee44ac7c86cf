// Runs that wait to be judged, each once, one at a time, the one that is due longest first. A failure comes later again, and does not
// hold up the others.
import type { RunId } from "@tidemark/proto";

export interface JudgeQueueOptions {
  readonly judge: (run: RunId) => Promise<void>;
  /** In how many ms it is tried again; undefined gives it up. */
  readonly failed: (run: RunId, cause: unknown, failures: number) => number | undefined;
  readonly sizeMax: number;
  /** Milliseconds from whenever. */
  readonly now: () => number;
}

interface Waiting {
  readonly dueAtMs: number;
  readonly failures: number;
}

export class JudgeQueue {
  readonly #options: JudgeQueueOptions;
  readonly #waiting = new Map<RunId, Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: JudgeQueueOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Due in so many ms, or when it was to be anyway if that is sooner. False when the queue is full. */
  add(run: RunId, inMs: number): boolean {
    if (this.#isStopped) return true;
    const before = this.#waiting.get(run);
    if (before === undefined && this.#waiting.size >= this.#options.sizeMax) return false;
    const dueAtMs = this.#options.now() + inMs;
    if (before === undefined || dueAtMs < before.dueAtMs)
      this.#waiting.set(run, { dueAtMs, failures: before?.failures ?? 0 });
    this.#wake();
    return true;
  }

  /** Waits for the one that is being judged. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  #wake(): void {
    if (this.#working !== undefined || this.#isStopped) return;
    clearTimeout(this.#timer);
    const next = this.#next();
    if (next === undefined) return;
    const inMs = Math.max(0, next.dueAtMs - this.#options.now());
    this.#timer = setTimeout(() => {
      this.#working = this.#work().finally(() => {
        this.#working = undefined;
        this.#wake();
      });
    }, inMs);
  }

  #next(): { readonly run: RunId; readonly dueAtMs: number } | undefined {
    let next: { run: RunId; dueAtMs: number } | undefined;
    for (const [run, { dueAtMs }] of this.#waiting)
      if (next === undefined || dueAtMs < next.dueAtMs) next = { run, dueAtMs };
    return next;
  }

  async #work(): Promise<void> {
    while (!this.#isStopped) {
      const next = this.#next();
      if (next === undefined || next.dueAtMs > this.#options.now()) return;
      const { run } = next;
      const failures = (this.#waiting.get(run)?.failures ?? 0) + 1;
      // Whatever changes of it from now on is judged again.
      this.#waiting.delete(run);
      try {
        await this.#options.judge(run);
      } catch (cause) {
        const againInMs = this.#options.failed(run, cause, failures);
        if (againInMs === undefined) continue;
        this.#waiting.set(run, { dueAtMs: this.#options.now() + againInMs, failures });
      }
    }
  }
}
