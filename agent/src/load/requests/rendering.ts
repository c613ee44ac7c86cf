// Templates made ready: what never changes becomes text once, the rest a function of the request's turn. Whatever a feed or a
// secret holds, a path stays one word and a header one line: values are encoded or refused before anything is sent.
import { randomUUID } from "node:crypto";
import { type LoadPlan, type TemplatePart, parseFeed, parseTemplate } from "@tidemark/proto";
import { PlanRejected } from "../drivers/driver.ts";

/** What tells one request from another. */
export interface Turn {
  id: string;
  /** Requests this generator sent before. */
  index: number;
  /** The feed's values for it. */
  row: readonly string[] | undefined;
}

/** Where a text stands: what a value must not break there differs. */
export type Place = "path" | "header" | "body";

/** A text: the same for all requests, or made for each. */
export type Rendering = string | ((turn: Turn) => string);

export type Compile = (text: string, place: Place) => Rendering;

/** Compiles the texts of one plan. Throws PlanRejected, naming the feed's line or the secret but never their values. */
export function compileTemplate(
  feed: LoadPlan["feed"],
  secrets: Readonly<Record<string, string>>,
): Compile {
  const table = feed === undefined ? undefined : parseFeed(feed.csv);
  if (table?.kind === "faulty") throw new PlanRejected(`feed/csv: ${table.reason}`);

  const slot = (part: TemplatePart, place: Place): Rendering => {
    switch (part.kind) {
      case "text":
        return place === "path" ? encodePath(part.text, literalInPath) : part.text;
      case "id":
        return ({ id }) => id;
      case "index":
        return ({ index }) => String(index);
      case "uuid":
        return () => randomUUID();
      case "secret": {
        const value = secretNamed(secrets, part.name);
        requireFit(value, place, () => `secret ${part.name}`);
        return place === "path" ? encodePath(value, valueInPath) : value;
      }
      case "feed": {
        const at = table?.columns.indexOf(part.column) ?? -1;
        if (table === undefined || at < 0)
          throw new PlanRejected(`feed: it has no column ${part.column}`);
        for (const { line, values } of table.rows)
          requireFit(
            values[at] ?? "",
            place,
            () => `feed/csv: line ${line}, column ${part.column}`,
          );
        if (place === "path") return ({ row }) => encodePath(row?.[at] ?? "", valueInPath);
        return ({ row }) => row?.[at] ?? "";
      }
    }
  };

  return (text, place) => {
    const template = parseTemplate(text);
    if (template.kind === "faulty") throw new PlanRejected(template.reason);
    return join(template.parts.map((part) => slot(part, place)));
  };
}

/** A rendering's text for one turn. */
export function render(rendering: Rendering, turn: Turn): string {
  return typeof rendering === "string" ? rendering : rendering(turn);
}

/** A rendering as bytes, UTF-8; made once where it is constant. */
export function whole(rendering: Rendering): Buffer | ((turn: Turn) => Buffer) {
  if (typeof rendering === "string") return Buffer.from(rendering);
  return (turn) => Buffer.from(rendering(turn));
}

/** Throws PlanRejected when this agent has no such secret. */
export function secretNamed(secrets: Readonly<Record<string, string>>, name: string): string {
  const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (value === undefined)
    throw new PlanRejected(`secret ${name}: this agent has none of that name`);
  return value;
}

/** Throws PlanRejected, without the value, where one would break the line it is to stand on. */
export function requireFit(value: string, place: Place, what: () => string): void {
  if (place === "body") return;
  if (/[\r\n\0]/.test(value))
    throw new PlanRejected(
      `${what()}: it holds a line break or a NUL, which no ${place} can carry`,
    );
  if (place === "header" && !inHeader.test(value))
    throw new PlanRejected(`${what()}: it holds a character that no header can carry`);
}

/** Latin-1 without controls: a wider character would lose its upper byte on the wire and could become a line break. */
const inHeader = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
/** What the author of a path wrote keeps its meaning (RFC 3986); a value means itself, but for the slashes between its parts. */
const literalInPath = /[^!$&'()*+,\-./0-9:;=?@A-Z_a-z~%[\]]+/g;
const valueInPath = /[^!'()*\-./0-9A-Z_a-z~]+/g;

function encodePath(text: string, but: RegExp): string {
  return text.toWellFormed().replace(but, encodeURIComponent);
}

function join(pieces: readonly Rendering[]): Rendering {
  if (pieces.every((piece) => typeof piece === "string")) return pieces.join("");
  return (turn) => {
    let text = "";
    for (const piece of pieces) text += typeof piece === "string" ? piece : piece(turn);
    return text;
  };
}
