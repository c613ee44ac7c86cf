// Responses of one stream: their status, whether their length is what they say, whether their body holds what is expected.
import type { HeaderBlock } from "../../http2/header-block.ts";
import type { ResponseReader, StreamRequest } from "../../http2/stream.ts";
import { BodyMatch } from "../../requests/body-match.ts";
import type { Expectation } from "../../requests/expectation.ts";

export class HttpResponseReader implements ResponseReader {
  status = 0;
  isExpected = false;
  readonly #expectation: Expectation;
  readonly #match: BodyMatch | undefined;
  /** The block that was read last, and the length it announces; -1 when it announces none. */
  #block: HeaderBlock | undefined;
  #announced = -1;
  #isBodyless = false;
  #received = 0;

  constructor(expectation: Expectation) {
    this.#expectation = expectation;
    const { body } = expectation;
    this.#match = body === undefined ? undefined : new BodyMatch(body);
  }

  head(block: HeaderBlock, request: StreamRequest | undefined): void {
    if (block !== this.#block) {
      this.#block = block;
      this.#announced = announcedLength(block);
    }
    const { status } = block;
    this.status = status;
    // These announce the length of a body they do not bring.
    this.#isBodyless = status === 204 || status === 304 || request?.fields[0]?.value === "HEAD";
    this.#received = 0;
    this.#match?.restart();
  }

  data(bytes: Uint8Array, from: number, end: number): void {
    this.#received += end - from;
    this.#match?.feed(bytes, from, end);
  }

  trailers(): void {
    // They come after all that is looked at.
  }

  finish(): boolean {
    const isWhole = this.#announced < 0 || this.#isBodyless || this.#announced === this.#received;
    this.isExpected = this.#expectation.status(this.status) && this.#match?.found !== false;
    return isWhole;
  }
}

function announcedLength({ fields }: HeaderBlock): number {
  const value = fields.find(({ name }) => name === "content-length")?.value;
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : -1;
}
