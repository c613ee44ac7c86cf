// The open loop: requests become due by the schedule alone, wait in a bounded queue when no connection is free, and keep
// their intended time whatever happens. Any idle connection takes the next one; when none is idle another is opened, up to
// the plan's number. Nothing here waits or reads a clock that was not handed in.
//
// Every due request ends in exactly one of: completed, one of the errors, dropped, unsent, in flight at the stop.
// The response histogram holds completed (end − intended), timeouts (start of the wait + timeout − intended), and, censored,
// what was unsent or in flight at the stop (stop − intended). The service histogram holds completed (end − write) and
// timeouts of written requests (timeout). The lateness histogram holds every written request (write − intended).
import { Histogram, type RequestError } from "@tidemark/proto";
import type { Dial } from "../drivers/driver.ts";
import type { Schedule } from "../pacings/pacing.ts";
import { DueQueue } from "./due-queue.ts";
import { Exchange, type ExchangeEvents } from "./exchange.ts";
import { IdleQueue } from "./idle-queue.ts";
import { Recorder } from "./recorder.ts";

export interface OpenLoopOptions {
  readonly schedule: Schedule;
  readonly dial: Dial;
  readonly connections: number;
  readonly timeoutMs: number;
  /** Due requests that may wait for a connection. */
  readonly backlogMax: number;
  /** The generator's clock, ms, monotonic. */
  readonly clock: () => number;
  /** Told when a free connection appears, and when the last one is gone: without one, waking for due times is pointless. */
  readonly saturated: (saturated: boolean) => void;
}

export class OpenLoop implements ExchangeEvents {
  readonly recorder = new Recorder();
  /** Lateness that no wait for a connection explains, µs: the generator's own. */
  readonly ownLateness = new Histogram();
  readonly #options: OpenLoopOptions;
  readonly #clock: () => number;
  readonly #schedule: Schedule;
  readonly #queue: DueQueue;
  readonly #idle: IdleQueue;
  readonly #open = new Set<Exchange>();
  #baseMs = 0;
  /** Requests of the schedule that became due so far. */
  #due = 0;
  #connecting = 0;
  #saturated = false;
  #stopped = false;

  constructor(options: OpenLoopOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#schedule = options.schedule;
    this.#queue = new DueQueue(options.backlogMax);
    this.#idle = new IdleQueue(options.connections);
  }

  /** Request 0 is due at `baseMs`. */
  start(baseMs: number): void {
    this.#baseMs = baseMs;
    this.tick();
  }

  /** Sends what is due; called by the pacer, which may be late or early. */
  tick(): void {
    if (this.#stopped) return;
    this.#becomeDue(this.#clock());
    this.#sendDue();
    this.#openMore();
    this.#tellSaturation();
  }

  /** Gives up connections and requests that have waited `timeoutMs`. Called every few ms, not per request. */
  sweep(): void {
    if (this.#stopped) return;
    const nowMs = this.#clock();
    const { timeoutMs } = this.#options;
    for (const exchange of this.#open) {
      if (exchange.state === "busy" && nowMs - exchange.writtenMs >= timeoutMs) {
        exchange.connection.close();
        this.#timedOut(exchange);
        this.#retire(exchange);
      } else if (exchange.state === "connecting" && nowMs - exchange.sinceMs >= timeoutMs) {
        exchange.connection.close();
        this.#connectFailed(exchange, "timeout");
      }
    }
    this.tick();
  }

  /** Ends the run: what is unsent or in flight is recorded as censored, and every connection is closed. */
  stop(): { readonly unsent: number; readonly inFlight: number } {
    const nowMs = this.#clock();
    this.#becomeDue(nowMs);
    this.#stopped = true;
    const unsent = this.#queue.length;
    const { response } = this.recorder;
    while (this.#queue.length > 0) response.record((nowMs - this.#queue.shift()) * 1_000);
    let inFlight = 0;
    for (const exchange of this.#open) {
      if (exchange.state === "busy") {
        inFlight += 1;
        response.record((nowMs - exchange.intendedMs) * 1_000);
      }
      exchange.state = "closed";
      exchange.connection.close();
    }
    this.#open.clear();
    return { unsent, inFlight };
  }

  get backlog(): number {
    return this.#queue.length;
  }

  get inFlight(): number {
    let busy = 0;
    for (const exchange of this.#open) if (exchange.state === "busy") busy += 1;
    return busy;
  }

  opened(exchange: Exchange, connects: number): void {
    if (exchange.state === "closed") return;
    this.recorder.connects += connects;
    if (exchange.state !== "connecting") return;
    this.#connecting -= 1;
    this.#becomeIdle(exchange, this.#clock());
  }

  received(bytes: number): void {
    this.recorder.bytesReceived += bytes;
  }

  answered(exchange: Exchange, status: number, reusable: boolean, expected: boolean): void {
    if (exchange.state !== "busy") return;
    const nowMs = this.#clock();
    // The sweep is coarse; a late response is late all the same.
    if (nowMs - exchange.writtenMs > this.#options.timeoutMs) this.#timedOut(exchange);
    else {
      this.recorder.completed(status, exchange.intendedMs, exchange.writtenMs, nowMs);
      if (!expected) this.recorder.unexpected += 1;
    }
    if (reusable) {
      this.#becomeIdle(exchange, nowMs);
      return;
    }
    exchange.connection.close();
    this.#retire(exchange);
    this.tick();
  }

  lost(exchange: Exchange, error: RequestError): void {
    if (exchange.state === "closed") return;
    if (exchange.state === "connecting") this.#connectFailed(exchange, error);
    else {
      // An idle connection that its peer closes costs nobody a request.
      if (exchange.state === "busy") this.recorder.failed(error);
      this.#retire(exchange);
    }
    this.tick();
  }

  #becomeDue(nowMs: number): void {
    const due = this.#schedule.dueBy(nowMs - this.#baseMs);
    if (due <= this.#due) return;
    this.recorder.due += due - this.#due;
    for (let index = this.#due; index < due; index += 1) {
      if (this.#queue.push(this.#baseMs + this.#schedule.dueAtMs(index))) continue;
      this.recorder.dropped += due - index;
      break;
    }
    this.#due = due;
  }

  #becomeIdle(exchange: Exchange, nowMs: number): void {
    exchange.state = "idle";
    exchange.sinceMs = nowMs;
    this.#becomeDue(nowMs);
    if (this.#queue.length > 0 && this.#idle.isEmpty) {
      // Written within the microsecond of its becoming idle: one look at the clock serves both.
      this.#send(exchange, nowMs);
      return;
    }
    this.#idle.push(exchange);
    this.#sendDue();
    this.#tellSaturation();
  }

  #sendDue(): void {
    while (this.#queue.length > 0) {
      const exchange = this.#idle.shift();
      if (exchange === undefined) return;
      this.#send(exchange, this.#clock());
    }
  }

  #send(exchange: Exchange, nowMs: number): void {
    const intendedMs = this.#queue.shift();
    const { recorder } = this;
    exchange.state = "busy";
    exchange.intendedMs = intendedMs;
    exchange.writtenMs = nowMs;
    recorder.sent += 1;
    recorder.lateness.record((nowMs - intendedMs) * 1_000);
    this.ownLateness.record((nowMs - Math.max(intendedMs, exchange.sinceMs)) * 1_000);
    recorder.bytesSent += exchange.connection.send();
  }

  #openMore(): void {
    const wanted = this.#queue.length - this.#connecting;
    const room = this.#options.connections - this.#open.size;
    for (let opened = Math.min(wanted, room); opened > 0; opened -= 1) {
      this.#connecting += 1;
      this.#open.add(new Exchange(this.#options.dial, this, this.#clock()));
    }
  }

  #timedOut(exchange: Exchange): void {
    const { timeoutMs } = this.#options;
    this.recorder.failed("timeout");
    this.recorder.service.record(timeoutMs * 1_000);
    this.recorder.response.record((exchange.writtenMs + timeoutMs - exchange.intendedMs) * 1_000);
  }

  /** The request that has waited longest asked for this connection, and fails with it. Without one nobody lost anything. */
  #connectFailed(exchange: Exchange, error: RequestError): void {
    this.#connecting -= 1;
    this.#retire(exchange);
    if (this.#queue.length === 0) return;
    const intendedMs = this.#queue.shift();
    this.recorder.failed(error);
    if (error !== "timeout") return;
    const gaveUpMs = exchange.sinceMs + this.#options.timeoutMs;
    this.recorder.response.record((gaveUpMs - intendedMs) * 1_000);
  }

  #retire(exchange: Exchange): void {
    exchange.state = "closed";
    this.#open.delete(exchange);
  }

  #tellSaturation(): void {
    const saturated = this.#idle.isEmpty && this.#open.size >= this.#options.connections;
    if (saturated === this.#saturated) return;
    this.#saturated = saturated;
    this.#options.saturated(saturated);
  }
}
