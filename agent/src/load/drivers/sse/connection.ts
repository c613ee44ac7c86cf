// One event stream. `first-event`: a request opens it and its first event answers. `gap`: it is open, and the next event answers.
import type { LoadPlan, RequestError } from "@tidemark/proto";
import { BodyMatch } from "../../requests/body-match.ts";
import type { Expectation } from "../../requests/expectation.ts";
import { HeadReader, type ResponseHead } from "../../streams/head.ts";
import { Stream, type StreamTarget } from "../../streams/stream.ts";
import type { Connection, ConnectionEvents } from "../driver.ts";
import { type BodyReader, openBody } from "./body.ts";
import { EventReader } from "./events.ts";

export type Measure = NonNullable<LoadPlan["sse"]>["measure"];

/** What every connection of a run shares. */
export interface Shared {
  readonly target: StreamTarget;
  readonly measure: Measure;
  /** The bytes of the next stream's request. */
  readonly request: () => Buffer;
  readonly expectation: Expectation;
  /** Whether the plan itself names the statuses: then even one without events can be what it wants. */
  readonly namesStatuses: boolean;
}

const eventStream = /^text\/event-stream\s*(?:;|$)/i;
const eventStatus = 200;

export class SseConnection implements Connection {
  readonly #shared: Shared;
  readonly #events: ConnectionEvents;
  readonly #stream: Stream;
  readonly #reader: EventReader;
  readonly #head = new HeadReader();
  #body: BodyReader | undefined;
  #opened = false;
  #busy = false;
  #gone = false;
  /** Bytes of the request that opened the stream, until a request of the run takes them as its own. */
  #unclaimedBytes = 0;

  constructor(shared: Shared, events: ConnectionEvents) {
    this.#shared = shared;
    this.#events = events;
    const { body } = shared.expectation;
    this.#reader = new EventReader(
      (matched) => this.#event(matched),
      body === undefined ? undefined : new BodyMatch(body),
    );
    this.#stream = new Stream(shared.target, {
      ready: () => {
        if (shared.measure === "gap") this.#ask();
        else this.#open();
      },
      read: (bytes, length) => this.#read(bytes, length),
      ended: () => this.#lose("closed"),
      lost: (error) => {
        this.#leave();
        events.lost(error);
      },
    });
  }

  send(): number {
    if (this.#shared.measure === "first-event") this.#ask();
    this.#busy = true;
    const bytes = this.#unclaimedBytes;
    this.#unclaimedBytes = 0;
    return bytes;
  }

  close(): void {
    this.#leave();
    this.#stream.close();
  }

  #ask(): void {
    const request = this.#shared.request();
    this.#unclaimedBytes = request.length;
    this.#stream.write(request);
  }

  #open(): void {
    this.#opened = true;
    this.#events.opened(1);
  }

  #read(bytes: Buffer, length: number): void {
    this.#events.received(length);
    if (this.#unasked()) {
      this.#lose("malformed");
      return;
    }
    let from = 0;
    if (this.#body === undefined) {
      const progress = this.#head.feed(bytes, 0, length);
      if (progress.kind === "more") return;
      const body = progress.kind === "head" ? this.#bodyOf(progress.head) : undefined;
      if (progress.kind === "faulty") this.#lose("malformed");
      if (progress.kind === "faulty" || body === undefined) return;
      this.#body = body;
      from = progress.end;
    }
    const progress = this.#body.feed(bytes, from, length, (piece, start, end) =>
      this.#reader.feed(piece, start, end),
    );
    if (progress === "malformed") this.#lose("malformed");
    if (progress === "complete") this.#lose("closed");
  }

  /** Bytes on a connection that has asked for nothing yet. */
  #unasked(): boolean {
    return this.#shared.measure === "first-event" && !this.#busy;
  }

  /** What follows a head that begins an event stream; undefined when it does not, and that is told. */
  #bodyOf(head: ResponseHead): BodyReader | undefined {
    const { status, headers } = head;
    if (status !== eventStatus || !eventStream.test(headers.get("content-type") ?? "")) {
      this.#notAStream(head);
      return undefined;
    }
    const coding = headers.get("content-encoding")?.toLowerCase() ?? "identity";
    const body = coding === "identity" ? openBody(head) : undefined;
    if (body !== undefined) return body;
    this.#shared.target.remark("the server's event stream is compressed, or of no length there is");
    this.#lose("malformed");
    return undefined;
  }

  #notAStream({ status, headers }: ResponseHead): void {
    const { expectation, namesStatuses, target, measure } = this.#shared;
    const type = headers.get("content-type")?.slice(0, 100) ?? "no content type";
    target.remark(`the server answered with ${status} and ${type}, which is no event stream`);
    if (measure === "gap") this.#lose("refused");
    else this.#answer(status, false, namesStatuses && expectation.status(status));
  }

  #event(matched: boolean): void {
    const { measure, expectation, target } = this.#shared;
    // A gap begins with an event, so that the first of a stream answers nobody.
    if (!this.#opened) this.#open();
    else if (this.#busy)
      this.#answer(eventStatus, measure === "gap", matched && expectation.status(eventStatus));
    else
      target.remark(
        "events came while no request waited for one, and were not measured: with a closed pacing of as many clients as connections each gap is",
      );
  }

  #answer(status: number, reusable: boolean, expected: boolean): void {
    this.#busy = false;
    if (!reusable) this.#leave();
    this.#events.answered(status, reusable, expected);
  }

  #lose(error: RequestError): void {
    if (this.#gone) return;
    this.close();
    this.#events.lost(error);
  }

  #leave(): void {
    this.#gone = true;
    this.#reader.halt();
  }
}
