// One connected socket: the kernel hands over the target's datagrams alone, and tells when its port is closed (ICMP). After a
// timeout the loop closes it and opens another, so that an answer which comes late reaches nobody.
import { type Socket, createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { RequestError } from "@tidemark/proto";
import type { Tap } from "../../streams/stream.ts";
import type { Connection, ConnectionEvents, Endpoint } from "../driver.ts";

/** How a datagram answers the one that was sent. */
export type Answers = (received: Buffer) => "as expected" | "otherwise" | "not at all";

/** What every connection of a run shares. */
export interface Shared {
  readonly endpoint: Endpoint;
  readonly datagram: Buffer;
  readonly answers: Answers;
  readonly remark: (text: string) => void;
  readonly tap: Tap | undefined;
}

export class UdpConnection implements Connection {
  readonly #shared: Shared;
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  #opened = false;
  #busy = false;
  #gone = false;

  constructor(shared: Shared, events: ConnectionEvents) {
    this.#shared = shared;
    this.#events = events;
    const { endpoint, tap } = shared;
    this.#socket = createSocket(isIPv6(endpoint.address) ? "udp6" : "udp4");
    this.#socket.on("message", (datagram) => this.#received(datagram));
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#lose(this.#nameOf(error)));
    this.#socket.once("connect", () => {
      if (this.#gone) return;
      this.#opened = true;
      tap?.connected();
      this.#events.opened(1);
    });
    this.#socket.connect(endpoint.port, endpoint.address);
  }

  send(): number {
    const { datagram } = this.#shared;
    this.#busy = true;
    this.#socket.send(datagram);
    return datagram.length;
  }

  close(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket.close();
  }

  #received(datagram: Buffer): void {
    if (this.#gone) return;
    this.#shared.tap?.read(datagram, datagram.length);
    this.#events.received(datagram.length);
    if (!this.#busy) {
      this.#shared.remark("datagrams came that no request waited for: the target repeats itself");
      return;
    }
    const answer = this.#shared.answers(datagram);
    if (answer === "not at all") return;
    this.#busy = false;
    this.#events.answered(0, true, answer === "as expected");
  }

  #lose(error: RequestError): void {
    if (this.#gone) return;
    this.close();
    this.#events.lost(error);
  }

  #nameOf(error: NodeJS.ErrnoException): RequestError {
    if (error.code === "ECONNREFUSED") return "refused";
    return this.#opened ? "closed" : "connect";
  }
}
