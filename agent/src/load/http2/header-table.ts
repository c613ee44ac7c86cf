// The two tables of HPACK (RFC 7541 section 2.3): one that every peer knows, and one that the encoder of a connection fills.

/** A header field. Names are lower-case; each character of both is one byte. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** What a field weighs in a table or a header list (RFC 7541 4.1). */
export const fieldBytes = ({ name, value }: Field): number => name.length + value.length + 32;

/** RFC 7541 appendix A; the first entry has index 1. */
export const staticFields: readonly Field[] = [
  ":authority",
  ":method GET",
  ":method POST",
  ":path /",
  ":path /index.html",
  ":scheme http",
  ":scheme https",
  ":status 200",
  ":status 204",
  ":status 206",
  ":status 304",
  ":status 400",
  ":status 404",
  ":status 500",
  "accept-charset",
  "accept-encoding gzip, deflate",
  "accept-language",
  "accept-ranges",
  "accept",
  "access-control-allow-origin",
  "age",
  "allow",
  "authorization",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-range",
  "content-type",
  "cookie",
  "date",
  "etag",
  "expect",
  "expires",
  "from",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "link",
  "location",
  "max-forwards",
  "proxy-authenticate",
  "proxy-authorization",
  "range",
  "referer",
  "refresh",
  "retry-after",
  "server",
  "set-cookie",
  "strict-transport-security",
  "transfer-encoding",
  "user-agent",
  "vary",
  "via",
  "www-authenticate",
].map((line) => {
  const space = line.indexOf(" ");
  return space < 0
    ? { name: line, value: "" }
    : { name: line.slice(0, space), value: line.slice(space + 1) };
});

export const tableBytesDefault = 4_096;

/** The table that fills: the newest field has index 0 here, 62 on the wire. Holds at most `bytesMax`. */
export class DynamicTable {
  /** A ring of a power of two; the newest is just before `#next`. */
  #ring: (Field | undefined)[] = Array.from({ length: 16 });
  #next = 0;
  #length = 0;
  #bytes = 0;
  #bytesMax = tableBytesDefault;
  /** Moves with every change: an answer that was remembered with it still holds while it is the same. */
  generation = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  at(index: number): Field | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    return this.#ring[(this.#next - 1 - index) & (this.#ring.length - 1)];
  }

  resize(bytesMax: number): void {
    this.#bytesMax = bytesMax;
    this.#evict(bytesMax);
    this.generation += 1;
  }

  /** A field too large for the table empties it and is not kept (RFC 7541 4.4). */
  add(field: Field): void {
    this.generation += 1;
    const bytes = fieldBytes(field);
    this.#evict(this.#bytesMax - bytes);
    if (bytes > this.#bytesMax) return;
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[this.#next] = field;
    this.#next = (this.#next + 1) & (this.#ring.length - 1);
    this.#length += 1;
    this.#bytes += bytes;
  }

  #evict(bytesMax: number): void {
    while (this.#bytes > bytesMax && this.#length > 0) {
      const at = (this.#next - this.#length) & (this.#ring.length - 1);
      const oldest = this.#ring[at];
      this.#ring[at] = undefined;
      this.#length -= 1;
      if (oldest !== undefined) this.#bytes -= fieldBytes(oldest);
    }
  }

  #grow(): void {
    const kept = Array.from({ length: this.#length }, (_, index) =>
      this.at(this.#length - 1 - index),
    );
    this.#ring = [...kept, ...Array.from<undefined>({ length: this.#length })];
    this.#next = kept.length;
  }
}
