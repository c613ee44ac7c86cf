// What the peer may send ahead: what it used of its windows is given back when it comes to half of them, so that many small frames
// cost one WINDOW_UPDATE.
import { frameTypes, initialWindowBytes } from "./frames.ts";
import { http2Limits } from "./limits.ts";
import type { Output } from "./output.ts";
import type { Stream } from "./stream.ts";

const { streamWindowBytes, connectionWindowBytes } = http2Limits;

export class ReceiveCredit {
  readonly #output: Output;
  #unacknowledged = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** The connection's window as we want it; streams have theirs by our SETTINGS. Once, at the beginning. */
  open(): void {
    this.#output.appendNumber(
      frameTypes.windowUpdate,
      0,
      connectionWindowBytes - initialWindowBytes,
    );
  }

  /** `length` bytes of DATA came, of whichever stream. */
  used(length: number): void {
    this.#unacknowledged += length;
    if (2 * this.#unacknowledged < connectionWindowBytes) return;
    this.#output.appendNumber(frameTypes.windowUpdate, 0, this.#unacknowledged);
    this.#unacknowledged = 0;
  }

  /** A stream that goes on has read what is counted in it. */
  read(stream: Stream): void {
    if (2 * stream.unacknowledged < streamWindowBytes) return;
    this.#output.appendNumber(frameTypes.windowUpdate, stream.id, stream.unacknowledged);
    stream.unacknowledged = 0;
  }
}
