// Counts what this process connects to: TCP, TLS and local sockets alike go through the one method, and names are looked up by none before.
import { Socket } from "node:net";

export interface SocketCounter {
  /** Where each connection went, in order: `host:port`, or a path. */
  readonly opened: readonly string[];
  [Symbol.dispose](): void;
}

/** From now on, until it is disposed of. */
export function countSockets(): SocketCounter {
  const opened: string[] = [];
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function counted(this: Socket, ...args: unknown[]) {
    opened.push(placeOf(args));
    return Reflect.apply(connect, this, args);
  } as typeof connect;
  return {
    opened,
    [Symbol.dispose]() {
      Socket.prototype.connect = connect;
    },
  };
}

function placeOf(args: readonly unknown[]): string {
  const [first, second] = args;
  // net.connect hands over its arguments as a list that it has put in order.
  if (Array.isArray(first)) return placeOf(first);
  if (typeof first === "object" && first !== null) {
    const { host = "localhost", port, path } = first as Record<string, unknown>;
    return port === undefined ? String(path) : `${String(host)}:${String(port)}`;
  }
  return typeof first === "number" ? `${String(second ?? "localhost")}:${first}` : String(first);
}
