// The head of an HTTP/1.1 response as text, for protocols that read one head per connection: a handshake's, a stream's.
import { engineLimits } from "../limits.ts";

export interface ResponseHead {
  readonly status: number;
  /** Minor version of HTTP/1. */
  readonly minor: number;
  /** Lower-case names; several lines of one name joined by commas (RFC 9110 5.3). */
  readonly headers: ReadonlyMap<string, string>;
}

/** What a read brought; `faulty`: these bytes are no head. */
export type HeadProgress =
  | { readonly kind: "more" }
  /** `end`: where in the last read the head ended; what follows is the body's. */
  | { readonly kind: "head"; readonly head: ResponseHead; readonly end: number }
  | { readonly kind: "faulty"; readonly reason: string };

const more: HeadProgress = { kind: "more" };
const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: .*)?$/;
const [lf, cr] = [10, 13];

export class HeadReader {
  #held: Buffer = Buffer.alloc(0);

  /** Reads `bytes[from … end)`. Interim responses (1xx but 101) are passed over. */
  feed(bytes: Buffer, from: number, end: number): HeadProgress {
    // Copied: heads are read once a connection, and the bytes are another's after this call.
    const before = this.#held.length;
    this.#held = Buffer.concat([this.#held, bytes.subarray(from, end)]);
    let start = 0;
    for (;;) {
      const stop = endOfHead(this.#held, start);
      if (Math.max(stop, this.#held.length) - start > engineLimits.responseHeadBytesMax && stop < 0)
        return { kind: "faulty", reason: "its head has no end" };
      if (stop < 0) {
        if (!couldBeHead(this.#held, start))
          return { kind: "faulty", reason: "it is not HTTP/1.1" };
        this.#held = this.#held.subarray(start);
        return more;
      }
      const head = parseHead(this.#held.toString("latin1", start, stop));
      if (head === undefined) return { kind: "faulty", reason: "it is not HTTP/1.1" };
      if (head.status >= 200 || head.status === 101) {
        this.#held = Buffer.alloc(0);
        return { kind: "head", head, end: from + stop - before };
      }
      start = stop;
    }
  }
}

/** One past the empty line, or -1. A line may end with LF alone (RFC 9112 2.2). */
function endOfHead(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(lf, start); at >= 0; at = bytes.indexOf(lf, at + 1)) {
    if (bytes[at + 1] === lf) return at + 2;
    if (bytes[at + 1] === cr && bytes[at + 2] === lf) return at + 3;
  }
  return -1;
}

/** So that a server which speaks first, and something else, is not waited for. */
function couldBeHead(bytes: Buffer, start: number): boolean {
  const wanted = "HTTP/1.";
  const begin = bytes.toString("latin1", start, Math.min(bytes.length, start + wanted.length));
  return wanted.startsWith(begin);
}

function parseHead(text: string): ResponseHead | undefined {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const [, minor, status] = statusLine.exec(first) ?? [];
  if (minor === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    if (line === "") continue;
    // An obsolete folded line continues a value; none that is read here is ever folded.
    if (/^[ \t]/.test(line)) continue;
    const colon = line.indexOf(":");
    if (colon < 1) return undefined;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(status), minor: Number(minor), headers };
}

/** Whether a comma-separated list holds a token, in any case. */
export function hasToken(list: string | undefined, token: string): boolean {
  return (list ?? "").split(",").some((part) => part.trim().toLowerCase() === token);
}
