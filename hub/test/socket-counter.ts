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

function placeOf([first, second]: readonly unknown[]): string {
  // net.connect hands over its arguments as a list that it has put in order.
  if (Array.isArray(first)) return placeOf(first);
  if (typeof first === "object" && first !== null) {
    const host = textIn(first, "host") ?? "localhost";
    const port = textIn(first, "port");
    return port === undefined ? (textIn(first, "path") ?? "nowhere") : `${host}:${port}`;
  }
  if (typeof first !== "number") return typeof first === "string" ? first : "nowhere";
  return `${typeof second === "string" ? second : "localhost"}:${first}`;
}

function textIn(options: object, name: string): string | undefined {
  const value: unknown = Reflect.get(options, name);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
