// Takes secrets out of what is shown: wherever a value stands, as it is or as a path, JSON, base64 or an Authorization header
// has it, its template stands instead. For the exchange of a try, and for responses that echo what they were sent.
import { type LoadPlan, secretsIn } from "@tidemark/proto";
import { basicCredentials } from "./auth.ts";

/** Replaces every secret in a text. One that was cut may end within a secret: what could be the beginning of one goes too. */
export type Mask = (text: string, extent: "whole" | "cut") => string;

export function openMask(plan: LoadPlan, secrets: Readonly<Record<string, string>>): Mask {
  const shown = new Map<string, string>();
  for (const name of secretsIn(plan)) {
    const value = secrets[name] ?? "";
    for (const form of formsOf(plan, name, value))
      if (form !== "") shown.set(form, `{{secret.${name}}}`);
  }
  if (shown.size === 0) return (text) => text;
  // The longest first: a credential before the password within it.
  const forms = [...shown.keys()].sort((left, right) => right.length - left.length);
  const any = new RegExp(forms.map((form) => escaped(form)).join("|"), "g");
  return (text, extent) => {
    const masked = text.replace(any, (form) => shown.get(form) ?? "");
    return extent === "whole" ? masked : withoutBeginning(masked, forms);
  };
}

function formsOf({ auth }: LoadPlan, name: string, value: string): readonly string[] {
  const plain = [value, ...value.split(/\r?\n/).filter((line) => line.length >= linePieceMin)];
  if (auth?.kind === "basic" && auth.passwordSecret === name)
    plain.push(basicCredentials(auth.username, value).slice("Basic ".length));
  if (auth?.kind === "oauth1" && auth.keySecret === name) plain.push(...value.split(":"));
  return plain.flatMap((text) => [
    text,
    // As UTF-8 read by Latin-1, which is how bytes of no text are shown.
    Buffer.from(text).toString("latin1"),
    encodeURIComponent(text.toWellFormed()),
    encodeURI(text.toWellFormed()),
    encodeURIComponent(text.toWellFormed()).replaceAll("%2F", "/"),
    JSON.stringify(text).slice(1, -1),
    Buffer.from(text).toString("base64"),
    ...insideBase64(text),
  ]);
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
