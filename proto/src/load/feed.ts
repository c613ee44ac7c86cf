// A data feed: CSV as RFC 4180 has it, with a header line. Pure, and bounded by the plan's own bound of the text.

/** One row: its values in the order of the columns, and the line of the text it begins on, from 1. */
export interface FeedRow {
  readonly line: number;
  readonly values: readonly string[];
}

export type ParsedFeed =
  | {
      readonly kind: "feed";
      readonly columns: readonly string[];
      readonly rows: readonly FeedRow[];
    }
  /** `reason` names the line. */
  | { readonly kind: "faulty"; readonly reason: string };

/**
 * Reads a feed. Lines end with CRLF or LF; a value in quotes may hold both, and quotes that are doubled. Lines without a
 * character are no rows: an empty value of an only column is written `""`. Blanks around a column's name do not count.
 */
export function parseFeed(csv: string): ParsedFeed {
  const records: FeedRow[] = [];
  const reader = new RecordReader(csv);
  try {
    for (let record = reader.next(); record !== undefined; record = reader.next())
      records.push(record);
    return tableOf(records);
  } catch (cause) {
    if (cause instanceof LineFault) return { kind: "faulty", reason: cause.message };
    throw cause;
  }
}

function tableOf([header, ...rows]: readonly FeedRow[]): ParsedFeed {
  if (header === undefined) throw new LineFault(1, "there is no header line");
  const columns = header.values.map((name) => name.trim());
  columns.forEach((name, index) => {
    if (name === "") throw new LineFault(header.line, `column ${index + 1} has no name`);
    if (columns.indexOf(name) !== index)
      throw new LineFault(header.line, `the column ${name.slice(0, 64)} is there twice`);
  });
  for (const { line, values } of rows)
    if (values.length !== columns.length)
      throw new LineFault(
        line,
        `${plural(values.length, "value")} for ${plural(columns.length, "column")}`,
      );
  if (rows.length === 0) throw new LineFault(header.line + 1, "there is no row below the header");
  return { kind: "feed", columns, rows };
}

class RecordReader {
  readonly #text: string;
  #at: number;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
    // A byte order mark is a spreadsheet's, not the first column's.
    this.#at = text.startsWith("\uFEFF") ? 1 : 0;
  }

  next(): FeedRow | undefined {
    while (this.#takeLineEnd());
    if (this.#at >= this.#text.length) return undefined;
    const line = this.#line;
    const values = [this.#value()];
    while (this.#text[this.#at] === ",") {
      this.#at += 1;
      values.push(this.#value());
    }
    if (this.#at < this.#text.length && !this.#takeLineEnd())
      throw new LineFault(this.#line, "something follows a closing quote");
    return { line, values };
  }

  #value(): string {
    return this.#text[this.#at] === '"' ? this.#quoted() : this.#plain();
  }

  #plain(): string {
    const from = this.#at;
    while (!endsPlain(this.#text[this.#at])) this.#at += 1;
    const stop = this.#text[this.#at];
    if (stop === '"') throw new LineFault(this.#line, "a quote within a value that is not quoted");
    if (stop === "\r" && this.#text[this.#at + 1] !== "\n")
      throw new LineFault(this.#line, "a carriage return that ends no line");
    return this.#text.slice(from, this.#at);
  }

  #quoted(): string {
    const openedAt = this.#line;
    let value = "";
    for (let from = this.#at + 1; ;) {
      const quote = this.#text.indexOf('"', from);
      if (quote < 0) throw new LineFault(openedAt, "a quote is never closed");
      const piece = this.#text.slice(from, quote);
      value += piece;
      this.#line += piece.split("\n").length - 1;
      this.#at = quote + 1;
      if (this.#text[this.#at] !== '"') return value;
      value += '"';
      from = this.#at + 1;
    }
  }

  #takeLineEnd(): boolean {
    const length = this.#text.startsWith("\r\n", this.#at) ? 2 : 1;
    if (length === 1 && this.#text[this.#at] !== "\n") return false;
    this.#at += length;
    this.#line += 1;
    return true;
  }
}

class LineFault extends Error {
  override readonly name = "LineFault";
  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
  }
}

function endsPlain(char: string | undefined): boolean {
  return char === undefined || char === "," || char === '"' || char === "\n" || char === "\r";
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
