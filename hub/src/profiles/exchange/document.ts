// A document from elsewhere, YAML or JSON (which is YAML too), as plain values. It may be hostile: what it can cost is bounded before
// it is parsed, aliases and tags are refused (a "bomb" needs them), and every refusal says the line and the field.
import {
  type Document,
  Lexer,
  LineCounter,
  type ParsedNode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
} from "yaml";

export const documentLimits = {
  /** Parts of the text that the lexer tells apart: some 0.2 s of CPU. A full profile with 64 variants has half as many. */
  lexemesMax: 60_000,
  depthMax: 32,
} as const;

export type Path = readonly (string | number)[];

/** A document that cannot be taken; the message begins with the line and the field, as far as they are known. */
export class DocumentRefused extends Error {
  override readonly name = "DocumentRefused";
  /** JSON pointer into the document. */
  readonly pointer: string;

  constructor(reason: string, pointer = "", line?: number) {
    const where = [line === undefined ? "" : `line ${line}`, pointer].filter((part) => part !== "");
    super(where.length === 0 ? reason : `${where.join(", ")}: ${reason}`);
    this.pointer = pointer;
  }
}

export interface ForeignDocument {
  /** Objects, arrays and scalars; no object has a key `__proto__`. */
  readonly value: unknown;
  /** The error for what stands at `path`. */
  refusal(path: Path, reason: string): DocumentRefused;
}

/** Throws DocumentRefused. */
export function readDocument(text: string): ForeignDocument {
  assertAffordable(text);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    // The library's own check compares each key with every other.
    uniqueKeys: false,
    prettyErrors: false,
    resolveKnownTags: false,
  });
  const [error = document.warnings[0]] = document.errors;
  if (error !== undefined)
    throw new DocumentRefused(reasonOf(error.message), "", lines.linePos(error.pos[0]).line);
  const refusal = (path: Path, reason: string) =>
    new DocumentRefused(reason, pointerOf(path), lineOf(document, lines, path));
  return { value: plain(document.contents, [], refusal), refusal };
}

export function pointerOf(path: Path): string {
  return path
    .map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("")
    .slice(0, 256);
}

function assertAffordable(text: string): void {
  let lexemes = 0;
  let depth = 0;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (lexeme === "[" || lexeme === "{") depth += 1;
    else if (lexeme === "]" || lexeme === "}") depth -= 1;
    // The parser takes each level as a call of its own.
    if (depth > documentLimits.depthMax) throw new DocumentRefused("it is nested too deeply");
    if (lexemes > documentLimits.lexemesMax)
      throw new DocumentRefused(
        `the document has more than ${documentLimits.lexemesMax} parts: split it`,
      );
  }
}

function plain(node: ParsedNode | null, path: Path, refusal: ForeignDocument["refusal"]): unknown {
  if (path.length > documentLimits.depthMax)
    throw refusal(path.slice(0, documentLimits.depthMax), "it is nested too deeply");
  if (node === null) return null;
  if (isAlias(node)) throw refusal(path, "an alias (*name) is not taken: write out what it means");
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item, at) => plain(item, [...path, at], refusal));
  const seen = new Set<string>();
  const entries = node.items.map(({ key, value }) => {
    if (!isScalar(key)) throw refusal(path, "a key must be a plain text");
    const name = String(key.value);
    if (name === "__proto__") throw refusal([...path, name], "it is not a name a field can have");
    if (seen.has(name)) throw refusal([...path, name], "it is given twice");
    seen.add(name);
    return [name, plain(value, [...path, name], refusal)] as const;
  });
  return Object.fromEntries(entries);
}

/** Of the node itself, or of the nearest around it. */
function lineOf(document: Document.Parsed, lines: LineCounter, path: Path): number | undefined {
  let node: ParsedNode | null | undefined = document.contents;
  let offset = node?.range[0];
  for (const key of path) {
    if (isMap(node)) {
      const pair: (typeof node.items)[number] | undefined = node.items.findLast(
        (each) => isScalar(each.key) && String(each.key.value) === key,
      );
      offset = pair?.key.range?.[0] ?? offset;
      node = pair?.value;
    } else node = isSeq(node) && typeof key === "number" ? node.items[key] : undefined;
    if (isScalar(node) || isMap(node) || isSeq(node)) offset = offset ?? node.range[0];
    if (isMap(node) || isSeq(node)) offset = node.range[0];
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

/** Levels by indentation and dashes are calls of the parser, which tells the stack's end as an error of the document. */
const reasonOf = (message: string) =>
  message.startsWith("Maximum call stack")
    ? "it is nested too deeply"
    : (message.split("\n")[0] ?? "").slice(0, 200);
