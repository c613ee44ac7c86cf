// Takes a response's body apart into length-prefixed messages, wherever its pieces are cut. Nothing is kept of them.

const prefixBytes = 5;

export class MessageScan {
  /** Whole messages since the last `restart`. */
  count = 0;
  /** A prefix that is none, or one of a compressed message, which we have said we do not take. */
  isMalformed = false;
  readonly #payload: ((bytes: Uint8Array, from: number, end: number) => void) | undefined;
  #prefixLeft = prefixBytes;
  #length = 0;

  /** `payload`: told of the messages' own bytes. */
  constructor(payload?: (bytes: Uint8Array, from: number, end: number) => void) {
    this.#payload = payload;
  }

  restart(): void {
    this.count = 0;
    this.isMalformed = false;
    this.#prefixLeft = prefixBytes;
    this.#length = 0;
  }

  /** Whether no message is cut off. */
  get isWhole(): boolean {
    return this.#prefixLeft === prefixBytes && !this.isMalformed;
  }

  feed(bytes: Uint8Array, from: number, end: number): void {
    let at = from;
    while (at < end && !this.isMalformed) {
      if (this.#prefixLeft > 0) {
        const byte = bytes[at++] ?? 0;
        if (this.#prefixLeft === prefixBytes) this.isMalformed = byte !== 0;
        else this.#length = this.#length * 256 + byte;
        this.#prefixLeft -= 1;
      } else {
        const taken = Math.min(end - at, this.#length);
        this.#payload?.(bytes, at, at + taken);
        this.#length -= taken;
        at += taken;
      }
      if (this.#prefixLeft > 0 || this.#length > 0) continue;
      this.count += 1;
      this.#prefixLeft = prefixBytes;
    }
  }
}

/** A message with its prefix. */
export function prefixed(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafeSlow(prefixBytes + message.length);
  bytes[0] = 0;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, prefixBytes);
  return bytes;
}

/** The whole messages of a kept body. */
export function messagesIn(body: Buffer): readonly Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; body.length - at >= prefixBytes;) {
    const from = at + prefixBytes;
    const end = from + body.readUInt32BE(at + 1);
    if (end > body.length) break;
    messages.push(body.subarray(from, end));
    at = end;
  }
  return messages;
}
