// The loop: requests become due as the arrivals say, wait in a bounded queue when no connection is free, and keep their
// intended time whatever happens. Any idle connection takes the next one; when none is idle another is opened, up to the
// plan's number. Nothing here waits or reads a clock that was not handed in.
//
// Every due request ends in exactly one of: completed, one of the errors, dropped, unsent, in flight at the stop.
// The response histogram holds completed (end − intended), timeouts (start of the wait + timeout − intended), and, censored,
// what was unsent or in flight at the stop (stop − intended). The service histogram holds completed (end − write) and
// timeouts of written requests (timeout). The lateness histogram holds every written request (write − intended).
import type { RequestError } from "@tidemark/proto";
import type { Dial } from "../drivers/driver.ts";
import type { Arrivals } from "./arrivals.ts";
import { DueQueue } from "./due-queue.ts";
import { Exchange, type ExchangeEvents } from "./exchange.ts";
import { IdleQueue } from "./idle-queue.ts";
import type { Tally } from "./tally.ts";

export interface LoopOptions {
  readonly arrivals: Arrivals;
  readonly tally: Tally;
  readonly dial: Dial;
  /** Requests that may be under way at a time: connections, or the streams of all of them. */
  readonly exchangesMax: number;
  readonly timeoutMs: number;
  /** Due requests that may wait for a connection. */
  readonly backlogMax: number;
  /** The generator's clock, ms, monotonic. */
  readonly clock: () => number;
  /** Told when a free connection appears, and when the last one is gone: without one, waking for due times is pointless. */
  readonly saturated: (saturated: boolean) => void;
}

export class Loop implements ExchangeEvents {
  readonly #options: LoopOptions;
  readonly #arrivals: Arrivals;
  readonly #tally: Tally;
  readonly #clock: () => number;
  readonly #queue: DueQueue;
  readonly #idle = new IdleQueue();
  readonly #open = new Set<Exchange>();
  #connecting = 0;
  #saturated = false;
  #stopped = false;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#arrivals = options.arrivals;
    this.#tally = options.tally;
    this.#clock = options.clock;
    this.#queue = new DueQueue(options.backlogMax);
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
        this.#arrivals.settled(nowMs, "timed-out");
      } else if (exchange.state === "connecting" && nowMs - exchange.sinceMs >= timeoutMs) {
        exchange.connection.close();
        this.#connectFailed(exchange, "timeout", nowMs);
      }
    }
    this.tick();
  }

  /** Ends the run: what is unsent or in flight is recorded as censored, and every connection is closed. */
  stop(): { readonly unsent: number; readonly inFlight: number } {
    const nowMs = this.#clock();
    this.#becomeDue(nowMs);
    this.#stopped = true;
    const { response } = this.#tally.counted;
    let unsent = 0;
    while (this.#queue.length > 0) {
      const intendedMs = this.#queue.shift();
      if (!this.#tally.counts(intendedMs)) continue;
      unsent += 1;
      response.record((nowMs - intendedMs) * 1_000);
    }
    let inFlight = 0;
    for (const exchange of this.#open) {
      if (this.#isUnderWay(exchange)) {
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
    return this.#queue.lengthFrom(this.#tally.fromMs);
  }

  get inFlight(): number {
    let busy = 0;
    for (const exchange of this.#open) if (this.#isUnderWay(exchange)) busy += 1;
    return busy;
  }

  opened(exchange: Exchange, connects: number): void {
    if (exchange.state === "closed") return;
    const nowMs = this.#clock();
    // A connection that the request under way took counts as that request does.
    const atMs = exchange.state === "busy" ? exchange.intendedMs : nowMs;
    this.#tally.of(atMs).connects += connects;
    if (exchange.state !== "connecting") return;
    this.#connecting -= 1;
    this.#becomeIdle(exchange, nowMs);
  }

  received(exchange: Exchange, bytes: number): void {
    this.#tally.of(exchange.intendedMs).bytesReceived += bytes;
  }

  answered(exchange: Exchange, status: number, reusable: boolean, expected: boolean): void {
    if (exchange.state !== "busy") return;
    const nowMs = this.#clock();
    // The sweep is coarse; a late response is late all the same.
    if (nowMs - exchange.writtenMs > this.#options.timeoutMs) this.#timedOut(exchange);
    else {
      const recorder = this.#tally.of(exchange.intendedMs);
      recorder.completed(status, exchange.intendedMs, exchange.writtenMs, nowMs);
      if (!expected) recorder.unexpected += 1;
    }
    this.#arrivals.settled(nowMs, "answered");
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
    const nowMs = this.#clock();
    if (exchange.state === "connecting") this.#connectFailed(exchange, error, nowMs);
    else {
      // An idle connection that its peer closes costs nobody a request.
      if (exchange.state === "busy") {
        this.#tally.of(exchange.intendedMs).failed(error);
        this.#arrivals.settled(nowMs, "failed");
      }
      this.#retire(exchange);
    }
    this.tick();
  }

  #becomeDue(nowMs: number): void {
    this.#arrivals.becomeDue(nowMs, this.#queue);
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
    // First of all: when it throws, which ends the run, the request still waits.
    const bytes = exchange.connection.send();
    const intendedMs = this.#queue.shift();
    const recorder = this.#tally.of(intendedMs);
    exchange.state = "busy";
    exchange.intendedMs = intendedMs;
    exchange.writtenMs = nowMs;
    recorder.sent += 1;
    recorder.bytesSent += bytes;
    recorder.lateness.record((nowMs - intendedMs) * 1_000);
    recorder.ownLateness.record((nowMs - Math.max(intendedMs, exchange.sinceMs)) * 1_000);
  }

  #openMore(): void {
    const wanted = this.#queue.length - this.#connecting;
    const room = this.#options.exchangesMax - this.#open.size;
    for (let opened = Math.min(wanted, room); opened > 0; opened -= 1) {
      this.#connecting += 1;
      this.#open.add(new Exchange(this.#options.dial, this, this.#clock()));
    }
  }

  #isUnderWay({ state, intendedMs }: Exchange): boolean {
    return state === "busy" && this.#tally.counts(intendedMs);
  }

  #timedOut({ intendedMs, writtenMs }: Exchange): void {
    const { timeoutMs } = this.#options;
    const recorder = this.#tally.of(intendedMs);
    recorder.failed("timeout");
    recorder.service.record(timeoutMs * 1_000);
    recorder.response.record((writtenMs + timeoutMs - intendedMs) * 1_000);
  }

  /** The request that has waited longest asked for this connection, and fails with it. Without one nobody lost anything. */
  #connectFailed(exchange: Exchange, error: RequestError, nowMs: number): void {
    this.#connecting -= 1;
    this.#retire(exchange);
    if (this.#queue.length === 0) return;
    const intendedMs = this.#queue.shift();
    const recorder = this.#tally.of(intendedMs);
    recorder.failed(error);
    this.#arrivals.settled(nowMs, error === "timeout" ? "timed-out" : "failed");
    if (error !== "timeout") return;
    const gaveUpMs = exchange.sinceMs + this.#options.timeoutMs;
    recorder.response.record((gaveUpMs - intendedMs) * 1_000);
  }

  #retire(exchange: Exchange): void {
    exchange.state = "closed";
    this.#open.delete(exchange);
  }

  #tellSaturation(): void {
    const saturated = this.#idle.isEmpty && this.#open.size >= this.#options.exchangesMax;
    if (saturated === this.#saturated) return;
    this.#saturated = saturated;
    this.#options.saturated(saturated);
  }
}
