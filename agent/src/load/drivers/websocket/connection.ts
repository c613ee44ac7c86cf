// One WebSocket: shakes hands, sends masked frames, and knows which message answers.
import type { LoadPlan, RequestError } from "@tidemark/proto";
import type { RequestSource } from "../../requests/requests.ts";
import { HeadReader } from "../../streams/head.ts";
import { Stream, type StreamTarget } from "../../streams/stream.ts";
import type { Connection, ConnectionEvents } from "../driver.ts";
import type { Broadcasts } from "./broadcasts.ts";
import { FrameReader, opcodes } from "./frames.ts";
import { handshakeFault, handshakeRequest, newKey } from "./handshake.ts";
import { maskedFrame } from "./masked.ts";

export type WebSocketExchange = NonNullable<LoadPlan["websocket"]>["exchange"];

/** What every connection of a run shares. */
export interface Shared {
  readonly target: StreamTarget;
  readonly exchange: WebSocketExchange;
  /** What is sent along with each handshake; the messages themselves. */
  readonly handshakes: RequestSource;
  readonly messages: RequestSource;
  /** The one message where all are the same. */
  readonly constant: (() => Buffer) | undefined;
  readonly host: string;
  readonly subprotocol: string | undefined;
  /** What an answering message must hold. */
  readonly wanted: Buffer | undefined;
  readonly broadcasts: Broadcasts;
}

/** A server that pings without reading gets no more pongs than this many bytes (RFC 6455 5.5.3 lets us skip some). */
const pendingBytesMax = 65_536;
const normalClosure = Buffer.from([0x03, 0xe8]);

export class WebSocketConnection implements Connection {
  readonly #shared: Shared;
  readonly #events: ConnectionEvents;
  readonly #stream: Stream;
  readonly #frames: FrameReader;
  readonly #key = newKey();
  #head: HeadReader | undefined = new HeadReader();
  #busy = false;
  #gone = false;
  /** Of the message, or of the ping, that waits for its answer. */
  #id = "";
  #pings = 0;

  constructor(shared: Shared, events: ConnectionEvents) {
    this.#shared = shared;
    this.#events = events;
    const { exchange, wanted } = shared;
    const keeps = exchange === "request" || exchange === "broadcast" || wanted !== undefined;
    this.#frames = new FrameReader(this.#frameEvents(), keeps);
    this.#stream = new Stream(shared.target, {
      ready: () => this.#shakeHands(),
      read: (bytes, length) => this.#read(bytes, length),
      ended: () => this.#lose("closed"),
      lost: (error) => {
        this.#leave();
        events.lost(error);
      },
    });
  }

  send(): number {
    const frame = this.#nextFrame();
    this.#busy = true;
    this.#stream.write(frame);
    return frame.length;
  }

  /** Says so in a close frame and parts, without waiting for the server's. */
  close(): void {
    const isOpen = !this.#gone && this.#head === undefined;
    this.#leave();
    if (isOpen && this.#stream.pendingBytes <= pendingBytesMax)
      this.#stream.write(maskedFrame(opcodes.close, normalClosure));
    this.#stream.close();
  }

  /** As a member of the broadcasts. */
  delivered(expected: boolean): void {
    if (this.#busy) this.#answer(expected);
  }

  #nextFrame(): Buffer {
    const { exchange, constant, messages, broadcasts } = this.#shared;
    if (exchange === "ping") {
      this.#pings += 1;
      this.#id = String(this.#pings);
      return maskedFrame(opcodes.ping, Buffer.from(this.#id));
    }
    if (constant !== undefined) return constant();
    const { id, body } = messages.next();
    this.#id = id;
    if (exchange === "broadcast") broadcasts.begin(id, this);
    return maskedFrame(opcodes.text, body);
  }

  #shakeHands(): void {
    const { handshakes, host, subprotocol } = this.#shared;
    const request = handshakeRequest(handshakes.next(), host, subprotocol, this.#key);
    this.#stream.write(Buffer.from(request, "latin1"));
  }

  #read(bytes: Buffer, length: number): void {
    this.#events.received(length);
    let from = 0;
    if (this.#head !== undefined) {
      const opened = this.#openedAt(this.#head, bytes, length);
      if (opened === undefined) return;
      from = opened;
    }
    const fault = this.#frames.feed(bytes, from, length);
    if (fault === undefined || this.#gone) return;
    this.#shared.target.remark(`what the server sent is no WebSocket: ${fault}`);
    this.#lose("malformed");
  }

  /** Where the first frame begins, once the hands are shaken. */
  #openedAt(head: HeadReader, bytes: Buffer, length: number): number | undefined {
    const progress = head.feed(bytes, 0, length);
    if (progress.kind === "more") return undefined;
    const fault =
      progress.kind === "faulty"
        ? {
            error: "malformed" as const,
            reason: `the server did not answer the handshake: ${progress.reason}`,
          }
        : handshakeFault(progress.head, this.#key, this.#shared.subprotocol);
    if (fault !== undefined) {
      this.#shared.target.remark(fault.reason);
      this.#lose(fault.error);
      return undefined;
    }
    this.#head = undefined;
    if (this.#shared.exchange === "broadcast") this.#shared.broadcasts.join(this);
    this.#events.opened(1);
    return progress.kind === "head" ? progress.end : undefined;
  }

  #frameEvents() {
    return {
      message: (_: number, bytes: Buffer, from: number, to: number) =>
        this.#message(bytes, from, to),
      control: (opcode: number, bytes: Buffer, from: number, to: number) =>
        this.#control(opcode, bytes, from, to),
    };
  }

  #message(bytes: Buffer, from: number, to: number): void {
    const { exchange, wanted, broadcasts } = this.#shared;
    switch (exchange) {
      case "echo":
        if (this.#busy) this.#answer(wanted === undefined || holds(bytes, from, to, wanted));
        return;
      case "request":
        if (this.#busy && holds(bytes, from, to, this.#id))
          this.#answer(wanted === undefined || holds(bytes, from, to, wanted));
        return;
      case "broadcast":
        broadcasts.received(
          this,
          bytes,
          from,
          to,
          wanted === undefined || holds(bytes, from, to, wanted),
        );
        return;
      case "ping":
        return;
    }
  }

  #control(opcode: number, bytes: Buffer, from: number, to: number): void {
    switch (opcode) {
      case opcodes.ping:
        if (this.#stream.pendingBytes <= pendingBytesMax)
          this.#stream.write(maskedFrame(opcodes.pong, bytes.subarray(from, to)));
        return;
      case opcodes.pong: {
        const { exchange } = this.#shared;
        if (exchange === "ping" && this.#busy && bytes.toString("latin1", from, to) === this.#id)
          this.#answer(true);
        return;
      }
      default:
        this.#closedByPeer(bytes, from, to);
    }
  }

  #closedByPeer(bytes: Buffer, from: number, to: number): void {
    const hasCode = to - from >= 2;
    if (this.#busy) {
      const code = hasCode ? `code ${bytes.readUInt16BE(from)}` : "no code";
      this.#shared.target.remark(
        `the server closed a WebSocket with ${code} while a request was under way`,
      );
    }
    this.#stream.write(maskedFrame(opcodes.close, bytes.subarray(from, hasCode ? from + 2 : from)));
    this.#lose("closed");
  }

  #answer(expected: boolean): void {
    this.#busy = false;
    this.#events.answered(0, true, expected);
  }

  #lose(error: RequestError): void {
    if (this.#gone) return;
    this.#leave();
    this.#stream.close();
    this.#events.lost(error);
  }

  #leave(): void {
    this.#gone = true;
    this.#frames.halt();
    this.#shared.broadcasts.leave(this);
  }
}

function holds(bytes: Buffer, from: number, to: number, wanted: Buffer | string): boolean {
  return bytes.subarray(from, to).includes(wanted, 0, "latin1");
}
