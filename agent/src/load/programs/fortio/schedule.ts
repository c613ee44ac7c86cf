// When fortio meant to make each call: the formula of its periodic runner, from thread and iteration. Its latencies begin when a
// call was made; with this, what a call waited for its thread comes back.

export interface CallSchedule {
  readonly threads: number;
  /** Calls of each thread. */
  readonly calls: number;
  /** µs after the start at which a thread's n-th call (0, 1 …) is due. */
  dueMicros(thread: number, iteration: number): number;
  /** Calls of all threads due by so many µs after the start. */
  dueBy(elapsedMicros: number): number;
}

/**
 * With `-uniform`. fortio makes `calls × threads` calls, at most those of the plan, and stretches the gaps so that a thread's
 * last one is due when the run ends. `threads`: as its result says, which may be fewer than the connections asked for.
 */
export function scheduleOf(
  ratePerSecond: number,
  durationMs: number,
  threads: number,
): CallSchedule {
  const planned = Math.max(2, Math.floor(ratePerSecond * (durationMs / 1_000)));
  const calls = Math.max(2, Math.floor(planned / threads));
  const staggerMicros = 1e6 / ratePerSecond;
  const gapMicros = (calls / (calls - 1)) * staggerMicros * threads;
  return {
    threads,
    calls,
    dueMicros: (thread, iteration) => thread * staggerMicros + iteration * gapMicros,
    dueBy(elapsedMicros) {
      let due = 0;
      for (let thread = 0; thread < threads; thread += 1) {
        const passed = Math.floor((elapsedMicros - thread * staggerMicros) / gapMicros) + 1;
        due += Math.min(calls, Math.max(0, passed));
      }
      return due;
    },
  };
}
