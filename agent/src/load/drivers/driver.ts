// What the open loop needs from a protocol. A driver knows bytes; schedule, timeouts, counting and reconnecting are the
// loop's, once, for all drivers.
import type { LoadPlan, RequestError } from "@tidemark/proto";

/** Where to connect: an address the guard has checked, so that no second name lookup can point elsewhere. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What a connection tells the loop. Calls never nest: none is made from within `Connection.send`. */
export interface ConnectionEvents {
  /** Connected; may send. */
  opened(): void;
  /** Bytes read from the socket. */
  received(bytes: number): void;
  /** The request under way was answered. `reusable`: another may be sent on this connection, even from within this call. */
  answered(status: number, reusable: boolean): void;
  /** The connection is gone for `error`; said once, and not after `Connection.close`. */
  lost(error: RequestError): void;
}

/** One connection that carries one request at a time. */
export interface Connection {
  /** Writes one request and returns its size in bytes. Only when opened and idle. */
  send(): number;
  close(): void;
}

/** Opens one more connection. */
export type Dial = (events: ConnectionEvents) => Connection;

/** A module of the registry. */
export interface Driver {
  /** Prepares what all connections share, the request's bytes among it; throws PlanRejected for what it cannot honour. */
  prepare(plan: LoadPlan, endpoint: Endpoint): Dial;
}

/** A plan that asks for something its driver cannot honour; `message` names the field and the reason. */
export class PlanRejected extends Error {
  override readonly name = "PlanRejected";
}
