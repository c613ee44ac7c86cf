// Empties one lane's outbox into its stream: what was just measured goes at once, what waited goes behind it, oldest first and
// paced, so that a fleet coming back does not drown the hub. Nothing is sent while disconnected or while the stream refuses.
import type { BootId } from "@tidemark/proto";
import type { Outbox, OutboxRecord } from "../outbox/outbox.ts";
import type { Outcome } from "./publish.ts";

/** Publishes a record on the live connection. Never rejects. */
export type Send = (record: OutboxRecord) => Promise<Outcome>;

export interface LaneShipperDeps {
  readonly outbox: Pick<Outbox, "ack" | "oldestUnsent">;
  /** Records that waited are sent at this rate at most. */
  readonly replayPerSecond: number;
  readonly monotonicMs: () => number;
  /** 0 … 1. */
  readonly random: () => number;
  readonly settled: (record: OutboxRecord, outcome: Outcome) => void;
}

/** Requests waiting for their acknowledgement: of fresh records, and of those that waited. */
const liveInFlightMax = 64;
const replayInFlightMax = 8;
/** After a failure the lane rests, twice as long each time. */
const restMsMin = 500;
const restMsMax = 30_000;
/** The first replay after a reconnect waits up to this long, so that a fleet does not begin together. */
const replayDelayMsMax = 1_000;

export class LaneShipper {
  readonly #deps: LaneShipperDeps;
  /** Which connection a request went out on; an answer from an earlier one says nothing about this one. */
  #epoch = 0;
  /** `undefined` while there is no connection. */
  #live: Send | undefined;
  readonly #inFlight = new Set<string>();
  #replaysInFlight = 0;
  #failures = 0;
  #restUntilMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: LaneShipperDeps) {
    this.#deps = deps;
  }

  /** A record the outbox has just taken. Sent at once when the way is clear; otherwise it waits its turn in the outbox. */
  offer(record: OutboxRecord): void {
    const isClear = this.#failures === 0 && this.#inFlight.size < liveInFlightMax;
    if (this.#live !== undefined && isClear) this.#send(this.#live, record, "live");
    else this.wake();
  }

  /** Something in the outbox became unsent again. */
  wake(): void {
    if (this.#live !== undefined) this.#schedule(0);
  }

  connected(send: Send): void {
    this.#epoch += 1;
    this.#live = send;
    this.#failures = 0;
    this.#restUntilMs = Number.NEGATIVE_INFINITY;
    this.#schedule(this.#deps.random() * replayDelayMsMax);
  }

  /** What is in flight counts as unsent from here on; a late acknowledgement still counts. */
  disconnected(): void {
    this.#epoch += 1;
    this.#live = undefined;
    this.#inFlight.clear();
    this.#replaysInFlight = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Whether every request has been answered. */
  get isQuiet(): boolean {
    return this.#inFlight.size === 0;
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined) return;
    const restMs = this.#restUntilMs - this.#deps.monotonicMs();
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#replayNext();
      },
      Math.max(delayMs, restMs, 0),
    );
  }

  #replayNext(): void {
    if (this.#live === undefined) return;
    const inFlightMax = this.#failures > 0 ? 1 : replayInFlightMax;
    // With the window full the next answer wakes the lane again.
    if (this.#replaysInFlight >= inFlightMax) return;
    const record = this.#deps.outbox.oldestUnsent((boot, seq) =>
      this.#inFlight.has(key(boot, seq)),
    );
    if (record === undefined) return;
    this.#send(this.#live, record, "replay");
    this.#schedule((1_000 / this.#deps.replayPerSecond) * (0.5 + this.#deps.random()));
  }

  #send(send: Send, record: OutboxRecord, way: "live" | "replay"): void {
    const epoch = this.#epoch;
    const id = key(record.boot, record.seq);
    this.#inFlight.add(id);
    if (way === "replay") this.#replaysInFlight += 1;
    void send(record).then((outcome) => {
      if (outcome.kind === "acked" || outcome.kind === "unsendable")
        this.#deps.outbox.ack(record.boot, record.seq);
      this.#deps.settled(record, outcome);
      if (epoch !== this.#epoch) return;
      this.#inFlight.delete(id);
      if (way === "replay") this.#replaysInFlight -= 1;
      if (outcome.kind === "refused" || outcome.kind === "unanswered") this.#rest();
      else if (this.#failures > 0) {
        this.#failures = 0;
        this.#restUntilMs = Number.NEGATIVE_INFINITY;
        this.wake();
      } else if (this.#replaysInFlight === replayInFlightMax - 1) this.wake();
    });
  }

  #rest(): void {
    const nowMs = this.#deps.monotonicMs();
    // The rest of one window's failures belong to the first: they must not add up to a long silence.
    if (nowMs >= this.#restUntilMs) {
      const restMs = Math.min(restMsMax, restMsMin * 2 ** this.#failures);
      this.#failures += 1;
      this.#restUntilMs = nowMs + restMs * (0.5 + this.#deps.random());
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule(0);
  }
}

const key = (boot: BootId, seq: number) => `${boot}:${seq}`;
