// A connection that follows redirects: the whole chain is one request of the loop, from its first write to its last response.
// It holds a connection to the target and, once a chain led away from it, one more.
import type { RequestError } from "@tidemark/proto";
import type { Connection, ConnectionEvents } from "../driver.ts";
import { Http1Connection, type Shared } from "./connection.ts";
import type { Origin, Origins } from "./origin.ts";
import { type Hop, stepAfter } from "./redirect.ts";
import { frame } from "./request.ts";

/** What following needs besides. */
export interface Redirects {
  readonly target: URL;
  readonly origins: Origins;
  readonly redirectsMax: number;
}

/** One of the connections. */
interface Leg {
  readonly origin: Origin;
  readonly connection: Http1Connection;
  /** Whether it can carry a request once it carries none. */
  reusable: boolean;
}

export class FollowingConnection implements Connection {
  readonly #shared: Shared;
  readonly #redirects: Redirects;
  readonly #events: ConnectionEvents;
  readonly #home: Leg;
  #away: Leg | undefined;
  /** The request under way; undefined when idle. */
  #hop: Hop | undefined;
  /** What carries it; undefined between a redirect and the request that follows it. */
  #carrier: Leg | undefined;
  /** Bytes of requests that followed a redirect, told with the next `send`: nothing else tells bytes. */
  #followedBytes = 0;
  #gone = false;

  constructor(shared: Shared, redirects: Redirects, events: ConnectionEvents) {
    this.#shared = shared;
    this.#redirects = redirects;
    this.#events = events;
    this.#home = this.#open(redirects.origins.home, () => undefined);
  }

  send(): number {
    const { target, redirectsMax } = this.#redirects;
    const framed = this.#shared.next();
    this.#hop = { url: target, parts: framed.parts, left: redirectsMax };
    this.#carrier = this.#home;
    const bytes = this.#home.connection.write(framed) + this.#followedBytes;
    this.#followedBytes = 0;
    return bytes;
  }

  close(): void {
    this.#gone = true;
    this.#home.connection.close();
    this.#away?.connection.close();
  }

  #open(origin: Origin, opened: () => void): Leg {
    const connection = new Http1Connection(this.#shared, origin, {
      opened: (connects) => {
        this.#events.opened(connects);
        opened();
      },
      received: (bytes) => this.#events.received(bytes),
      answered: (status, reusable, expected) => {
        leg.reusable = reusable;
        this.#answered(leg, status, expected);
      },
      lost: (error) => this.#lost(leg, error),
    });
    const leg: Leg = { origin, connection, reusable: true };
    return leg;
  }

  #answered(leg: Leg, status: number, expected: boolean): void {
    const hop = this.#hop;
    if (hop === undefined) return;
    this.#carrier = undefined;
    const step = stepAfter(hop, status, leg.connection.location);
    switch (step.kind) {
      case "final":
        this.#conclude(status, expected);
        return;
      case "refused":
        this.#refuse(status, step.reason);
        return;
      case "follow":
        this.#hop = step.hop;
        void this.#follow(step.hop, status);
    }
  }

  async #follow(hop: Hop, status: number): Promise<void> {
    const found = await this.#redirects.origins.find(hop.url);
    if (this.#gone) return;
    if (found.kind === "refused") {
      this.#refuse(status, found.reason);
      return;
    }
    const { origin } = found;
    const framed = frame(hop.parts, origin.host);
    this.#followedBytes += framed.bytes.length;
    const known = [this.#home, this.#away].find((leg) => leg?.origin === origin && leg.reusable);
    if (known !== undefined) {
      this.#carrier = known;
      known.connection.write(framed);
      return;
    }
    this.#away?.connection.close();
    const leg = this.#open(origin, () => leg.connection.write(framed));
    this.#away = leg;
    this.#carrier = leg;
  }

  /** A redirect that is not followed is no answer that anyone expects. */
  #refuse(status: number, reason: string): void {
    this.#shared.remark(`a redirect was not followed: ${reason}`.slice(0, 512));
    this.#conclude(status, false);
  }

  #conclude(status: number, expected: boolean): void {
    this.#hop = undefined;
    if (this.#away?.reusable === false) {
      this.#away.connection.close();
      this.#away = undefined;
    }
    this.#events.answered(status, this.#home.reusable, expected);
  }

  #lost(leg: Leg, error: RequestError): void {
    leg.reusable = false;
    const isIdleHome = leg === this.#home && this.#hop === undefined;
    if (leg === this.#carrier || isIdleHome) {
      this.close();
      this.#events.lost(error);
    } else if (leg === this.#away) this.#away = undefined;
  }
}
