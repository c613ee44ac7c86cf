// What the loop needs from a protocol. A driver knows bytes; schedule, timeouts, counting and reconnecting are the loop's,
// once, for all drivers.
import type { LoadPlan, RequestError, Share, TriedExchange } from "@tidemark/proto";

/** Where to connect: an address the guard has checked, so that no second name lookup can point elsewhere. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The host's policy on one target: the checked address to connect to, or why not. */
export type Verdict =
  | { readonly kind: "allowed"; readonly endpoint: Endpoint }
  | { readonly kind: "refused"; readonly reason: string };

/** What a connection tells the loop. Calls never nest: none is made from within `Connection.send`. */
export interface ConnectionEvents {
  /**
   * Can carry a request. `connects`: transport connections this took, 0 for one more stream of a connection that was there.
   * Told again while a request is under way, it adds the connections that the request itself took: a redirect, a handshake that is the request.
   */
  opened(connects: number): void;
  /** Bytes read from the socket. */
  received(bytes: number): void;
  /**
   * The request under way was answered. `status`: 0 … 999; `reusable`: another may be sent on this connection, even from within
   * this call; `expected`: the answer is what the plan expects.
   */
  answered(status: number, reusable: boolean, expected: boolean): void;
  /** The connection is gone for `error`; said once, and not after `Connection.close`. */
  lost(error: RequestError): void;
}

/**
 * What carries one request at a time: a connection, or one stream of a multiplexed one. A plan's `connections` times `streams`
 * of these are opened at most.
 */
export interface Connection {
  /** Writes one request and returns its size in bytes. Only when opened and idle. Throws NothingToSend. */
  send(): number;
  /** Gives up what is under way, without an event. */
  close(): void;
}

/** Opens one more. */
export type Dial = (events: ConnectionEvents) => Connection;

/** What a driver gets besides the plan. */
export interface DriverContext {
  readonly endpoint: Endpoint;
  /** The run's id, sent along unless the plan says not to identify itself. */
  readonly run: string;
  /** The part of the whole run that is generated here: what must be unique or seeded differs by it. */
  readonly share: Share;
  /** Values of the secrets that the plan names. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The policy's word on another target, when a redirect leads there. */
  readonly judge: (host: string, port: number) => Promise<Verdict>;
  /** Something the result must say aloud; the same text counts once. */
  readonly remark: (text: string) => void;
}

/** A module of the registry. */
export interface Driver {
  /** Throws PlanRejected for what it cannot honour, beyond what proto's capability table says. No connection is made. */
  check(plan: LoadPlan): void;
  /** Prepares what all connections share, the request's bytes among it; throws PlanRejected for what it cannot honour. */
  prepare(plan: LoadPlan, context: DriverContext): Dial | Promise<Dial>;
  /** One request on a connection of its own, shown whole. Never rejects but for PlanRejected; ends at the plan's timeout. */
  tryOnce(plan: LoadPlan, context: DriverContext): Promise<TriedExchange>;
}

/** A plan that asks for something its driver cannot honour; `message` names the field and the reason. */
export class PlanRejected extends Error {
  override readonly name = "PlanRejected";
}

/** The plan has no more requests to send, its feed is used up: nothing was written. `message` is the run's cause. */
export class NothingToSend extends Error {
  override readonly name = "NothingToSend";
}
