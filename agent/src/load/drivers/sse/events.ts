// An incremental parser of `text/event-stream` (HTML, 9.2.6) over bytes, wherever the reads split it. Finds where events end, and
// whether an event's data holds a text; nothing of an event is kept.
import type { BodyMatch } from "../../requests/body-match.ts";

const [lf, cr, colon, space] = [10, 13, 58, 32];
const byteOrderMark = [0xef, 0xbb, 0xbf];
const data = Buffer.from("data");
const newline = Buffer.from("\n");

const places = { name: 0, afterColon: 1, value: 2, rest: 3 } as const;
type Place = (typeof places)[keyof typeof places];

export class EventReader {
  readonly #event: (matched: boolean) => void;
  readonly #match: BodyMatch | undefined;
  #halted = false;
  /** Bytes of a byte order mark seen at the stream's beginning; 3 once it cannot be one any more. */
  #mark = 0;
  #place: Place = places.name;
  /** Bytes of the field's name so far, all of them `data`'s. */
  #named = 0;
  /** Whether a line feed now belongs to the line before. */
  #afterCr = false;
  #hasData = false;

  /** `event` is told of each event with data, and whether that holds what `match` looks for. */
  constructor(event: (matched: boolean) => void, match: BodyMatch | undefined) {
    this.#event = event;
    this.#match = match;
  }

  /** Nothing more is told. */
  halt(): void {
    this.#halted = true;
  }

  /** Reads `bytes[from … to)` of the body. */
  feed(bytes: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to && !this.#halted) {
      const byte = bytes[at] ?? 0;
      if (byte === lf || byte === cr) {
        at += 1;
        const isSecondHalf = byte === lf && this.#afterCr;
        this.#afterCr = byte === cr;
        if (!isSecondHalf) this.#endLine();
        continue;
      }
      this.#afterCr = false;
      if (this.#place < places.value) {
        this.#takeHead(byte);
        // The byte that stands behind a colon without a blank is the value's first.
        if (this.#place !== places.value || byte === space) at += 1;
        continue;
      }
      const end = endOfLine(bytes, at, to);
      if (this.#place === places.value) this.#match?.feed(bytes, at, end);
      at = end;
    }
  }

  #takeHead(byte: number): void {
    if (this.#place === places.afterColon) {
      this.#place = places.value;
      return;
    }
    if (this.#mark < byteOrderMark.length) {
      if (byte === byteOrderMark[this.#mark]) {
        this.#mark += 1;
        return;
      }
      // What began like a mark is the name of a field that nobody knows.
      const isName = this.#mark === 0;
      this.#mark = byteOrderMark.length;
      if (!isName) {
        this.#place = places.rest;
        return;
      }
    }
    if (this.#named < data.length && byte === data[this.#named]) this.#named += 1;
    else if (byte === colon && this.#named === data.length) {
      this.#beginData();
      this.#place = places.afterColon;
    } else this.#place = places.rest;
  }

  /** A further line of data is set apart by a line feed. */
  #beginData(): void {
    if (this.#hasData) this.#match?.feed(newline, 0, 1);
    this.#hasData = true;
  }

  #endLine(): void {
    const isName = this.#place === places.name;
    const isEmpty = isName && this.#named === 0;
    // A name without a colon is a field with an empty value.
    if (isName && this.#named === data.length) this.#beginData();
    this.#place = places.name;
    this.#named = 0;
    this.#mark = byteOrderMark.length;
    if (!isEmpty || !this.#hasData) return;
    const matched = this.#match?.found ?? true;
    this.#hasData = false;
    this.#match?.restart();
    this.#event(matched);
  }
}

function endOfLine(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== lf && bytes[at] !== cr) at += 1;
  return at;
}
