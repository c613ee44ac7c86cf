// Responses to the calls of one stream: their messages counted, their status from the trailers, or from the head of a response
// that is nothing else.
import type { HeaderBlock } from "../../http2/header-block.ts";
import type { ResponseReader } from "../../http2/stream.ts";
import { BodyMatch } from "../../requests/body-match.ts";
import type { Expectation } from "../../requests/expectation.ts";
import { MessageScan } from "./message-scan.ts";
import { statusIn, statusOfHttp } from "./status.ts";

export class CallReader implements ResponseReader {
  status = 0;
  isExpected = false;
  readonly #expectation: Expectation;
  readonly #isUnary: boolean;
  readonly #match: BodyMatch | undefined;
  readonly #messages: MessageScan;
  /** The blocks that were read last, and what they say. */
  #head: HeaderBlock | undefined;
  #headStatus = -1;
  #trailers: HeaderBlock | undefined;
  #trailersStatus = -1;
  #httpStatus = 0;
  #hasTrailers = false;

  constructor(expectation: Expectation, isUnary: boolean) {
    this.#expectation = expectation;
    this.#isUnary = isUnary;
    const { body } = expectation;
    const match = body === undefined ? undefined : new BodyMatch(body);
    this.#match = match;
    this.#messages = new MessageScan(
      match === undefined ? undefined : (bytes, from, end) => match.feed(bytes, from, end),
    );
  }

  head(block: HeaderBlock): void {
    if (block !== this.#head) {
      this.#head = block;
      this.#headStatus = statusIn(block.fields);
    }
    this.#httpStatus = block.status;
    this.#hasTrailers = false;
    this.#messages.restart();
    this.#match?.restart();
  }

  data(bytes: Uint8Array, from: number, end: number): void {
    this.#messages.feed(bytes, from, end);
  }

  trailers(block: HeaderBlock): void {
    if (block !== this.#trailers) {
      this.#trailers = block;
      this.#trailersStatus = statusIn(block.fields);
    }
    this.#hasTrailers = true;
  }

  finish(): boolean {
    const said = this.#hasTrailers ? this.#trailersStatus : this.#headStatus;
    if (said < 0) {
      // No word of gRPC: a proxy's own answer has a status too, but a 200 without one is no answer at all.
      this.status = statusOfHttp(this.#httpStatus);
      this.isExpected = this.#expectation.status(this.status);
      return this.#httpStatus !== 200;
    }
    this.status = said;
    this.isExpected = this.#expectation.status(said) && this.#match?.found !== false;
    if (!this.#messages.isWhole) return false;
    return !this.#isUnary || said !== 0 || this.#messages.count === 1;
  }
}
