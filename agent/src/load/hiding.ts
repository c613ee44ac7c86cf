// Takes secrets out of whatever is told of a run or a try: wherever a value stands, as it is or as a path, a form, JSON, HTML, base64
// or an Authorization header has it, its template stands instead. Also for targets that echo what they were sent.
import type { LoadPlan } from "@tidemark/proto";
import { basicCredentials, percentEncoded } from "./requests/auth.ts";

/**
 * Replaces every secret in a text. One that was `cut` may end within a secret: what could be the beginning of one goes too.
 */
export type Hide = (text: string, extent?: "whole" | "cut") => string;

/** `secrets`: those that the plan was granted. */
export function openHiding(
  plan: Pick<LoadPlan, "auth">,
  secrets: Readonly<Record<string, string>>,
): Hide {
  const shown = new Map<string, string>();
  for (const [name, value] of Object.entries(secrets))
    for (const form of formsOf(plan, name, value))
      if (form !== "") shown.set(form, `{{secret.${name}}}`);
  if (shown.size === 0) return (text) => text;
  // The longest first: a credential before the password within it, and of two that begin alike the longer.
  const forms = [...shown.keys()].sort((left, right) => right.length - left.length);
  const any = new RegExp(forms.map((form) => escaped(form)).join("|"), "g");
  return (text, extent = "whole") => {
    const hidden = text.replace(any, (form) => shown.get(form) ?? "");
    return extent === "whole" ? hidden : withoutBeginning(hidden, forms);
  };
}

/** The same object with every text in it hidden; keys stand. */
export function hideIn<T>(hide: Hide, value: T): T {
  const visit = (item: unknown): unknown => {
    if (typeof item === "string") return hide(item);
    if (Array.isArray(item)) return item.map(visit);
    if (typeof item !== "object" || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, visit(inner)]));
  };
  // Only texts were replaced, each by another.
  return visit(value) as T;
}

function formsOf({ auth }: Pick<LoadPlan, "auth">, name: string, value: string): string[] {
  const plain = [value, ...value.split(/\r?\n/).filter((line) => line.length >= linePieceMin)];
  if (auth?.kind === "basic" && auth.passwordSecret === name)
    plain.push(basicCredentials(auth.username, value).slice("Basic ".length));
  // An API key goes out in its parts, encoded once, and in the signature once more.
  if (auth?.kind === "oauth1" && auth.keySecret === name)
    for (const part of value.split(":")) plain.push(part, percentEncoded(part.toWellFormed()));
  return plain.flatMap((text) => {
    const component = encodeURIComponent(text.toWellFormed());
    const json = JSON.stringify(text).slice(1, -1);
    return [
      text,
      // As UTF-8 read by Latin-1, which is how bytes of no text are shown.
      Buffer.from(text).toString("latin1"),
      component,
      encodeURI(text.toWellFormed()),
      component.replaceAll("%2F", "/"),
      component.replaceAll("%20", "+"),
      percentEncoded(text.toWellFormed()),
      json,
      // As encoders write it that keep to ASCII.
      json.replace(
        /[^\0-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
      htmlOf(text),
      Buffer.from(text).toString("base64"),
      ...insideBase64(text),
    ];
  });
}

/** What the base64 of a longer text shows of this one, at each of the three places of a group it may begin at. */
function insideBase64(text: string): string[] {
  return [0, 1, 2]
    .map((shift) => {
      const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
      const whole = Math.floor((bytes.length * 8) / 6);
      return bytes.toString("base64").slice(Math.ceil((shift * 8) / 6), whole);
    })
    .filter(({ length }) => length >= base64PieceMin);
}

/** A line of a key or a certificate is as secret as the whole of it, and long; shorter lines are anybody's. */
const linePieceMin = 16;
/** Characters of base64 that cannot be there by chance. */
const base64PieceMin = 8;

/** Error pages of most servers. */
function htmlOf(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function withoutBeginning(text: string, forms: readonly string[]): string {
  for (let length = Math.min(text.length, (forms[0]?.length ?? 1) - 1); length > 0; length -= 1) {
    const end = text.slice(-length);
    if (forms.some((form) => form.length > length && form.startsWith(end)))
      return text.slice(0, -length);
  }
  return text;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
