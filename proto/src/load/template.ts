// Templates in a request's path, header values and body: `{{feed.column}}`, `{{secret.name}}`, `{{id}}`, `{{index}}`, `{{uuid}}`.
// Anything else between double braces is a fault that names itself; a plain `{{{{` stands for two braces.
import type { LoadPlan } from "./plan.ts";

/** One piece of a template. */
export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "feed"; readonly column: string }
  | { readonly kind: "secret"; readonly name: string }
  /** Unique in the run; how often a worker has sent before; a random UUID (version 4). */
  | { readonly kind: "id" | "index" | "uuid" };

export type Template =
  | { readonly kind: "template"; readonly parts: readonly TemplatePart[] }
  | { readonly kind: "faulty"; readonly reason: string };

const slot = /\{\{\{\{|\{\{([^{}]*)\}\}|\{\{/g;
const column = /^feed\.([A-Za-z0-9_][A-Za-z0-9_ .-]{0,63})$/;
const secret = /^secret\.([a-z0-9][a-z0-9._-]{0,63})$/;

/** Takes a text apart. */
export function parseTemplate(text: string): Template {
  const parts: TemplatePart[] = [];
  let literal = "";
  let at = 0;
  for (const match of text.matchAll(slot)) {
    literal += text.slice(at, match.index);
    at = match.index + match[0].length;
    if (match[0] === "{{{{") {
      literal += "{{";
      continue;
    }
    const part = partOf((match[1] ?? "").trim());
    if (part === undefined)
      return {
        kind: "faulty",
        reason: `${match[0].slice(0, 80)} is none of {{feed.column}}, {{secret.name}}, {{id}}, {{index}}, {{uuid}}; write {{{{ for two braces`,
      };
    if (literal !== "") parts.push({ kind: "text", text: literal });
    literal = "";
    parts.push(part);
  }
  literal += text.slice(at);
  if (literal !== "" || parts.length === 0) parts.push({ kind: "text", text: literal });
  return { kind: "template", parts };
}

function partOf(inner: string): TemplatePart | undefined {
  if (inner === "id" || inner === "index" || inner === "uuid") return { kind: inner };
  const [, feedColumn] = column.exec(inner) ?? [];
  if (feedColumn !== undefined) return { kind: "feed", column: feedColumn };
  const [, name] = secret.exec(inner) ?? [];
  return name === undefined ? undefined : { kind: "secret", name };
}

/** Every templated text of a plan with its JSON pointer. */
export function templatedTexts(
  plan: Pick<LoadPlan, "headers" | "body" | "requests">,
): readonly { readonly field: string; readonly text: string }[] {
  const ofHeaders = (headers: LoadPlan["headers"] | undefined, at: string) =>
    (headers ?? []).map(({ value }, index) => ({ field: `${at}/headers/${index}`, text: value }));
  return [
    ...ofHeaders(plan.headers, ""),
    { field: "/body", text: plan.body },
    ...(plan.requests ?? []).flatMap((request, index) => [
      ...(request.path === undefined
        ? []
        : [{ field: `/requests/${index}/path`, text: request.path }]),
      ...ofHeaders(request.headers, `/requests/${index}`),
      ...(request.body === undefined
        ? []
        : [{ field: `/requests/${index}/body`, text: request.body }]),
    ]),
  ];
}

/** Every part of a plan's texts that a template fills in, with its text's JSON pointer. Faulty templates have none. */
export function templatePartsIn(plan: Pick<LoadPlan, "headers" | "body" | "requests">): readonly {
  readonly field: string;
  readonly part: Exclude<TemplatePart, { kind: "text" }>;
}[] {
  return templatedTexts(plan).flatMap(({ field, text }) => {
    const template = text.includes("{{") ? parseTemplate(text) : undefined;
    if (template?.kind !== "template") return [];
    return template.parts.flatMap((part) => (part.kind === "text" ? [] : [{ field, part }]));
  });
}

/** Names of all secrets a plan refers to, by template, auth or TLS; each once, in the order of their names. */
export function secretsIn(
  plan: Pick<LoadPlan, "headers" | "body" | "requests" | "auth" | "tls">,
): readonly string[] {
  const names = templatePartsIn(plan).flatMap(({ part }) =>
    part.kind === "secret" ? [part.name] : [],
  );
  const { auth, tls } = plan;
  switch (auth?.kind) {
    case "basic":
      names.push(auth.passwordSecret);
      break;
    case "bearer":
      names.push(auth.tokenSecret);
      break;
    case "oauth1":
      names.push(auth.keySecret);
      break;
    case undefined:
      break;
  }
  for (const name of [tls?.certificateSecret, tls?.keySecret])
    if (name !== undefined) names.push(name);
  return [...new Set(names)].sort();
}
