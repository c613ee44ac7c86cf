// One HTTP/2 connection (RFC 9113) and the streams on it. Frames of several streams that are written in one turn of the loop
// leave in one write; what the peer may send ahead is large and given back in large pieces; nothing is kept of what arrives.
import type { Socket } from "node:net";
import type { RequestError } from "@tidemark/proto";
import { engineLimits } from "../limits.ts";
import { BodySender } from "./body-sender.ts";
import { type ControlEvents, takeControl } from "./control-frames.ts";
import { FrameReader, type FrameEvents } from "./frame-reader.ts";
import {
  type ErrorCode,
  errorCodes,
  flags,
  frame,
  frameTypes,
  preface,
  settings as settingIds,
  settingsPayload,
  uint32Payload,
} from "./frames.ts";
import { HeadWriter } from "./head-writer.ts";
import { BlockMemo } from "./header-block.ts";
import { HeaderDecoder } from "./header-decoder.ts";
import { http2Limits } from "./limits.ts";
import { Output } from "./output.ts";
import type { PeerSettings } from "./peer-settings.ts";
import { ReceiveCredit } from "./receive-credit.ts";
import { Silence } from "./silence.ts";
import type { Stream, StreamCarrier } from "./stream.ts";
import { type TransportEvents, type TransportOptions, openTransport } from "./transport.ts";

const { noError, protocolError, flowControlError } = errorCodes;

export interface SessionOptions extends TransportOptions {
  /** Streams it carries at most, whatever the peer would take. */
  readonly streamsMax: number;
  /** A stream left, so that another may join. */
  readonly hasRoom: (session: Session) => void;
}

export class Session implements StreamCarrier, FrameEvents, ControlEvents, TransportEvents {
  /** In its list of those that have room; its pool's own. */
  isListed = false;
  readonly #options: SessionOptions;
  readonly #socket: Socket;
  readonly #output = new Output();
  readonly #heads = new HeadWriter(this.#output);
  readonly #bodies = new BodySender(this.#output, () => this.#socket.writableLength);
  readonly #credit = new ReceiveCredit(this.#output);
  readonly #silence = new Silence();
  readonly #reader = new FrameReader(this);
  readonly #decoder = new HeaderDecoder(engineLimits.responseHeadBytesMax);
  readonly #headMemo = new BlockMemo();
  readonly #trailersMemo = new BlockMemo();
  /** Everyone who belongs here; those whose request is under way, by id; those who wait for the peer to take more. */
  readonly #streams = new Set<Stream>();
  readonly #active = new Map<number, Stream>();
  #waiting: Stream[] = [];
  #nextId = 1;
  #peerStreamsMax = Number.POSITIVE_INFINITY;
  #isOpen = false;
  /** No request may begin any more: the peer said so, ids ran out, or it seems dead. */
  #isClosing = false;
  /** Someone waited for the connection in vain: nobody else is to wait for the same attempt. */
  #isAbandoned = false;
  #isGone = false;
  #isReading = false;
  #isFlushDue = false;
  /** Of requests that began after they had waited: told with the next one. */
  #bytesUntold = 0;
  /** The stream whose DATA is under way. */
  #receiving: Stream | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#socket = openTransport(options, this);
  }

  /** Whether another stream may join. */
  get isRoomy(): boolean {
    if (this.#isClosing || this.#isAbandoned || this.#isGone) return false;
    return this.#streams.size < this.#options.streamsMax;
  }

  /** A stream that belongs here from now on; told when it can be used. */
  join(stream: Stream): void {
    clearTimeout(this.#linger);
    this.#socket.ref();
    this.#streams.add(stream);
    if (this.#isOpen) queueMicrotask(() => this.#openStream(stream, 0));
  }

  begin(stream: Stream): number {
    const told = this.#bytesUntold;
    this.#bytesUntold = 0;
    if (this.#isClosing) {
      // The loop has not heard yet that this stream is lost.
      stream.state = "waiting";
      this.#waiting.push(stream);
      queueMicrotask(() => this.#loseUnbegun());
      return told;
    }
    if (this.#active.size >= this.#peerStreamsMax || this.#waiting.length > 0) {
      stream.state = "waiting";
      this.#waiting.push(stream);
      this.#options.remark(
        `the server takes ${this.#peerStreamsMax} streams at a time on a connection, the plan asks for ${this.#options.streamsMax}: requests waited within the connection`,
      );
      return told;
    }
    return told + this.#beginNow(stream);
  }

  leave(stream: Stream): void {
    const { state } = stream;
    stream.state = "closed";
    this.#streams.delete(stream);
    if (this.#isGone) return;
    if (state === "waiting") this.#waiting = this.#waiting.filter((other) => other !== stream);
    if (state === "opening" && !this.#isOpen) this.#isAbandoned = true;
    if (state === "active") this.#cancel(stream);
    if (this.#streams.size === 0) this.#emptied();
    else if (this.isRoomy) this.#options.hasRoom(this);
  }

  /** Ends it without an event. */
  destroy(): void {
    this.#isGone = true;
    clearTimeout(this.#linger);
    this.#socket.destroy();
  }

  // --- the transport's events ---

  ready(): void {
    if (this.#isGone) return;
    this.#output.append(preface);
    const ours = settingsPayload([
      [settingIds.enablePush, 0],
      [settingIds.initialWindowSize, http2Limits.streamWindowBytes],
      [settingIds.maxHeaderListSize, engineLimits.responseHeadBytesMax],
    ]);
    this.#output.append(frame(frameTypes.settings, 0, 0, ours));
    this.#credit.open();
    this.#flush();
  }

  received(length: number): void {
    if (this.#isGone) return;
    this.#silence.heard();
    const [anyone] = this.#streams;
    anyone?.events.received(length);
    const { readBuffer } = this.#options;
    if (!this.#isOpen && readBuffer.toString("latin1", 0, Math.min(7, length)) === "HTTP/1.")
      this.#options.remark("the server answers in HTTP/1.1: it was spoken to in HTTP/2");
    this.#isReading = true;
    const error = this.#reader.feed(readBuffer, length);
    this.#isReading = false;
    if (this.#isGone) return;
    if (error !== noError) this.#break(error);
    else this.#flush();
  }

  drained(): void {
    if (this.#isGone) return;
    this.#bodies.resume();
    this.#flush();
  }

  failed(error: RequestError): void {
    if (this.#isGone) return;
    this.destroy();
    this.#active.clear();
    for (const stream of this.#streams) this.#lose(stream, error);
  }

  // --- the frames' events ---

  headers(
    id: number,
    endsStream: boolean,
    bytes: Uint8Array,
    from: number,
    end: number,
  ): ErrorCode {
    if (!this.#isOpen || !this.#isOurs(id)) return protocolError;
    const stream = this.#active.get(id);
    const memo = stream?.hasHead === true ? this.#trailersMemo : this.#headMemo;
    const block = memo.read(this.#decoder, bytes, from, end);
    if (block === undefined) return errorCodes.compressionError;
    // Of a stream that was given up only the table matters.
    if (stream === undefined) return noError;
    if (!stream.take(block, endsStream)) this.#reject(stream);
    else if (endsStream) this.#finish(stream);
    return noError;
  }

  dataBegan(id: number, length: number): ErrorCode {
    if (!this.#isOpen || !this.#isOurs(id)) return protocolError;
    this.#credit.used(length);
    const stream = this.#active.get(id);
    this.#receiving = stream;
    if (stream === undefined) return noError;
    if (!stream.hasHead) {
      this.#reject(stream);
      return noError;
    }
    stream.unacknowledged += length;
    return noError;
  }

  data(bytes: Uint8Array, from: number, end: number): void {
    this.#receiving?.reader.data(bytes, from, end);
  }

  dataEnded(endsStream: boolean): ErrorCode {
    const stream = this.#receiving;
    this.#receiving = undefined;
    if (stream === undefined) return noError;
    if (endsStream) this.#finish(stream);
    else this.#credit.read(stream);
    return noError;
  }

  control(
    type: number,
    flag: number,
    id: number,
    bytes: Uint8Array,
    from: number,
    length: number,
  ): ErrorCode {
    if (!this.#isOpen && type !== frameTypes.settings) return protocolError;
    return takeControl(this, type, flag, id, bytes, from, length);
  }

  settings(theirs: PeerSettings): ErrorCode {
    if (theirs.streamsMax !== undefined) this.#peerStreamsMax = theirs.streamsMax;
    if (theirs.frameBytes !== undefined) this.#bodies.frameBytes = theirs.frameBytes;
    if (theirs.tableBytes !== undefined) this.#heads.encoder.resize(theirs.tableBytes);
    if (theirs.windowBytes !== undefined) {
      const isValid = this.#bodies.changeInitialWindow(theirs.windowBytes, this.#active.values());
      if (!isValid) return flowControlError;
    }
    this.#output.append(frame(frameTypes.settings, flags.ack, 0));
    if (!this.#isOpen) {
      this.#isOpen = true;
      let connects = 1;
      this.#isAbandoned = false;
      for (const stream of this.#streams) {
        this.#openStream(stream, connects);
        connects = 0;
      }
      if (this.isRoomy) this.#options.hasRoom(this);
    }
    this.#beginWaiting();
    return noError;
  }

  windowUpdate(id: number, increment: number): ErrorCode {
    if (id === 0)
      return increment > 0 && this.#bodies.widen(increment) ? noError : flowControlError;
    if (!this.#isOurs(id)) return protocolError;
    const stream = this.#active.get(id);
    if (stream === undefined) return noError;
    if (increment === 0 || !this.#bodies.widenStream(stream, increment)) this.#reject(stream);
    return noError;
  }

  reset(id: number, code: number): ErrorCode {
    if (!this.#isOurs(id)) return protocolError;
    const stream = this.#active.get(id);
    if (stream === undefined) return noError;
    this.#forget(stream);
    this.#lose(stream, code === errorCodes.refusedStream ? "refused" : "reset");
    this.#beginWaiting();
    return noError;
  }

  ping(payload: Uint8Array): void {
    this.#output.append(frame(frameTypes.ping, flags.ack, 0, payload));
  }

  pong(): void {
    this.#silence.answered();
  }

  goAway(lastId: number, code: number, debug: string): void {
    if (code !== noError)
      this.#options.remark(
        `the server ended a connection with GOAWAY, error code ${code} ${JSON.stringify(debug)}`,
      );
    this.#isClosing = true;
    for (const stream of this.#active.values())
      if (stream.id > lastId) {
        this.#options.remark(
          "the server ended connections with GOAWAY before it took all requests on them: those count as refused",
        );
        this.#forget(stream);
        this.#lose(stream, "refused");
      }
    this.#loseUnbegun();
  }

  /** Those who can never begin here. */
  #loseUnbegun(): void {
    if (this.#isGone) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const stream of waiting) this.#lose(stream, "refused");
    for (const stream of this.#streams) if (stream.state === "idle") this.#lose(stream, "closed");
  }

  // --- streams ---

  #isOurs(id: number): boolean {
    return (id & 1) === 1 && id < this.#nextId;
  }

  #openStream(stream: Stream, connects: number): void {
    if (stream.state !== "opening" || this.#isGone) return;
    if (this.#isClosing) {
      this.#lose(stream, "closed");
      return;
    }
    stream.state = "idle";
    stream.events.opened(connects);
  }

  #beginNow(stream: Stream): number {
    const { request } = stream;
    if (request === undefined) return 0;
    const id = this.#nextId;
    this.#nextId += 2;
    stream.id = id;
    stream.state = "active";
    stream.hasHead = false;
    stream.unacknowledged = 0;
    stream.readsBefore = this.#silence.reads;
    this.#active.set(id, stream);
    const headBytes = this.#heads.write(request, id);
    this.#bodies.begin(stream);
    this.#flushSoon();
    return headBytes + request.body.length;
  }

  #beginWaiting(): void {
    while (this.#active.size < this.#peerStreamsMax) {
      const stream = this.#waiting.shift();
      if (stream === undefined) return;
      this.#bytesUntold += this.#beginNow(stream);
    }
  }

  #finish(stream: Stream): void {
    // Answered before all of the body was sent: nobody wants the rest.
    if (!this.#bodies.isSent(stream))
      this.#output.appendNumber(frameTypes.rstStream, stream.id, errorCodes.cancel);
    this.#forget(stream);
    this.#beginWaiting();
    const { reader, events } = stream;
    if (!reader.finish()) {
      this.#lose(stream, "malformed");
      return;
    }
    stream.state = "idle";
    events.answered(reader.status, !this.#isClosing, reader.isExpected);
  }

  /** A stream error: the response is no response. The connection goes on. */
  #reject(stream: Stream): void {
    this.#output.appendNumber(frameTypes.rstStream, stream.id, protocolError);
    this.#forget(stream);
    this.#lose(stream, "malformed");
    this.#beginWaiting();
  }

  #cancel(stream: Stream): void {
    this.#output.appendNumber(frameTypes.rstStream, stream.id, errorCodes.cancel);
    this.#suspect(stream);
    this.#forget(stream);
    this.#beginWaiting();
    this.#flushSoon();
  }

  #suspect({ id, readsBefore }: Stream): void {
    switch (this.#silence.givenUp(id, readsBefore, this.#nextId)) {
      case "none":
        return;
      case "ask":
        this.#output.append(frame(frameTypes.ping, 0, 0, Buffer.alloc(8)));
        return;
      case "dead":
        this.#isClosing = true;
        queueMicrotask(() => this.#loseUnbegun());
    }
  }

  #forget(stream: Stream): void {
    this.#active.delete(stream.id);
    this.#bodies.forget(stream);
    if (this.#receiving === stream) this.#receiving = undefined;
  }

  #lose(stream: Stream, error: RequestError): void {
    if (stream.state === "closed") return;
    stream.state = "closed";
    this.#streams.delete(stream);
    stream.events.lost(error);
    if (this.#isGone) return;
    if (this.#streams.size === 0) this.#emptied();
    else if (this.isRoomy) this.#options.hasRoom(this);
  }

  /** Kept a moment for who comes next, without keeping the thread alive. */
  #emptied(): void {
    if (this.#isGone || this.#streams.size > 0) return;
    if (!this.#isOpen || this.#isClosing) {
      this.#flush();
      this.destroy();
      return;
    }
    this.#socket.unref();
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => this.destroy(), http2Limits.lingerMs).unref();
    this.#options.hasRoom(this);
  }

  /** A connection error: says so, and is gone. */
  #break(code: ErrorCode): void {
    this.#output.append(frame(frameTypes.goAway, 0, 0, uint32Payload(0, code)));
    this.#output.flush(this.#socket);
    this.failed("malformed");
  }

  // --- writing ---

  #flushSoon(): void {
    if (this.#isReading || this.#isFlushDue) return;
    this.#isFlushDue = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushDue = false;
    if (this.#isGone) return;
    this.#output.flush(this.#socket);
    if (this.#socket.writableLength > http2Limits.outputBytesLost) this.failed("closed");
    else if (this.#nextId > http2Limits.streamIdMax && !this.#isClosing) {
      this.#isClosing = true;
      this.#loseUnbegun();
    }
  }
}
