// The open loop's arrivals: requests become due by the schedule alone, whatever the server does.
import type { Schedule } from "../pacings/pacing.ts";
import type { Arrivals } from "./arrivals.ts";
import type { DueQueue } from "./due-queue.ts";
import type { Recorder } from "./recorder.ts";

export class ScheduledArrivals implements Arrivals {
  readonly #schedule: Schedule;
  readonly #recorder: Recorder;
  #startMs = Number.POSITIVE_INFINITY;
  /** Requests of the schedule that became due so far. */
  #due = 0;

  constructor(schedule: Schedule, recorder: Recorder) {
    this.#schedule = schedule;
    this.#recorder = recorder;
  }

  begin(startMs: number): void {
    this.#startMs = startMs;
  }

  becomeDue(nowMs: number, queue: DueQueue): void {
    const due = this.#schedule.dueBy(nowMs - this.#startMs);
    if (due <= this.#due) return;
    this.#recorder.due += due - this.#due;
    for (let index = this.#due; index < due; index += 1) {
      if (queue.push(this.#startMs + this.#schedule.dueAtMs(index))) continue;
      this.#recorder.dropped += due - index;
      break;
    }
    this.#due = due;
  }

  settled(): void {}
}
