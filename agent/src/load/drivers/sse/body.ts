// Takes the framing of HTTP/1.1 off a body that is read as it comes: chunked, of a given length, or up to the connection's end.
import type { ResponseHead } from "../../streams/head.ts";
import { hasToken } from "../../streams/head.ts";

export type BodyProgress = "more" | "complete" | "malformed";

/** Gets the content, piece by piece. */
export type Sink = (bytes: Buffer, from: number, to: number) => void;

export interface BodyReader {
  /** Reads `bytes[from … end)`. */
  feed(bytes: Buffer, from: number, end: number, sink: Sink): BodyProgress;
}

const lineBytesMax = 4_096;
const [lf, cr] = [10, 13];
const sizeLine = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/s;

/** Undefined for a length that is none. */
export function openBody({ headers }: ResponseHead): BodyReader | undefined {
  const coding = headers.get("transfer-encoding");
  if (coding !== undefined) return hasToken(coding, "chunked") ? new ChunkedBody() : untilTheEnd;
  const length = headers.get("content-length");
  if (length === undefined) return untilTheEnd;
  return /^[0-9]{1,15}$/.test(length) ? fixed(Number(length)) : undefined;
}

const untilTheEnd: BodyReader = {
  feed(bytes, from, end, sink) {
    sink(bytes, from, end);
    return "more";
  },
};

function fixed(length: number): BodyReader {
  let left = length;
  return {
    feed(bytes, from, end, sink) {
      const taken = Math.min(left, end - from);
      left -= taken;
      sink(bytes, from, from + taken);
      return left === 0 ? "complete" : "more";
    },
  };
}

class ChunkedBody implements BodyReader {
  /** Of the chunk being read; -1 within a line. */
  #left = -1;
  /** The line so far: of a chunk's size, the end of a chunk, or a trailer. */
  #line = "";
  #expects: "size" | "end" | "trailer" = "size";

  feed(bytes: Buffer, from: number, end: number, sink: Sink): BodyProgress {
    let at = from;
    while (at < end) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, end - at);
        this.#left -= taken;
        sink(bytes, at, at + taken);
        at += taken;
        if (this.#left > 0) return "more";
        this.#expects = "end";
      }
      const stop = bytes.subarray(at, end).indexOf(lf);
      const lineEnd = stop < 0 ? end : at + stop;
      this.#line += bytes.toString("latin1", at, lineEnd);
      if (this.#line.length > lineBytesMax) return "malformed";
      if (stop < 0) return "more";
      at = lineEnd + 1;
      const line =
        this.#line.charCodeAt(this.#line.length - 1) === cr ? this.#line.slice(0, -1) : this.#line;
      this.#line = "";
      const progress = this.#take(line);
      if (progress !== "more") return progress;
    }
    return "more";
  }

  #take(line: string): BodyProgress {
    switch (this.#expects) {
      case "size": {
        const [, size] = sizeLine.exec(line) ?? [];
        if (size === undefined) return "malformed";
        this.#left = Number.parseInt(size, 16);
        if (this.#left === 0) this.#expects = "trailer";
        return "more";
      }
      case "end":
        this.#expects = "size";
        return line === "" ? "more" : "malformed";
      case "trailer":
        return line === "" ? "complete" : "more";
    }
  }
}
