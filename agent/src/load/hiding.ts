// The last line before anything of a run is told: wherever a secret's value stands in a text, its template stands instead. The
// parts that handle secrets name them only; this holds although one of them, or a target that echoes what it got, does not.
import type { LoadPlan } from "@tidemark/proto";

export type Hide = (text: string) => string;

/** Hides each secret as it is, and as this plan's authentication, URLs and JSON write it. */
export function openHiding(
  plan: Pick<LoadPlan, "auth">,
  secrets: Readonly<Record<string, string>>,
): Hide {
  const shown = new Map<string, string>();
  for (const [name, value] of Object.entries(secrets))
    for (const form of formsOf(plan, name, value))
      if (form !== "") shown.set(form, `{{secret.${name}}}`);
  if (shown.size === 0) return (text) => text;
  // The longest first: one secret may be the beginning of another, or of its own other form.
  const forms = [...shown].sort(([left], [right]) => right.length - left.length);
  return (text) =>
    forms.reduce((rest, [form, template]) => rest.replaceAll(form, () => template), text);
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
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const forms = [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    base64(value),
  ];
  if (auth?.kind === "basic" && auth.passwordSecret === name)
    forms.push(base64(`${auth.username}:${value}`));
  // A MAAS API key, `consumer:token:secret`, goes out in its parts.
  if (auth?.kind === "oauth1" && auth.keySecret === name) {
    const [, ...parts] = value.split(":");
    forms.push(...parts.flatMap((part) => [part, encodeURIComponent(part)]));
  }
  return forms;
}
