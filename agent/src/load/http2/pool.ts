// The connections of one thread. A stream joins the first connection that has room for it; when none has, another is opened:
// `streams` places on each, so that the loop's number of places bounds the number of connections.
import type { ConnectionEvents } from "../drivers/driver.ts";
import { engineLimits } from "../limits.ts";
import { Session } from "./session.ts";
import { type ResponseReader, Stream, type StreamRequest } from "./stream.ts";
import type { TransportOptions } from "./transport.ts";

export interface PoolOptions extends Omit<TransportOptions, "readBuffer"> {
  /** Requests at a time on one connection. */
  readonly streams: number;
  readonly next: () => StreamRequest;
  readonly readerFor: () => ResponseReader;
}

/** Opens one more stream, on a connection that is there or on a new one. */
export function openPool(options: PoolOptions): (events: ConnectionEvents) => Stream {
  const { endpoint, tls, remark, streams, next, readerFor } = options;
  const roomy: Session[] = [];
  const list = (session: Session) => {
    if (session.isListed) return;
    session.isListed = true;
    roomy.push(session);
  };
  const sessionOptions = {
    endpoint,
    tls,
    remark,
    readBuffer: Buffer.allocUnsafeSlow(engineLimits.readBufferBytes),
    streamsMax: streams,
    hasRoom: list,
  };
  const roomyOne = (): Session => {
    for (let last = roomy.at(-1); last !== undefined; last = roomy.at(-1)) {
      if (last.isRoomy) return last;
      last.isListed = false;
      roomy.pop();
    }
    const session = new Session(sessionOptions);
    list(session);
    return session;
  };
  return (events) => {
    const session = roomyOne();
    const stream = new Stream(session, next, readerFor(), events);
    session.join(stream);
    return stream;
  };
}
