// The OpenAPI description as one HTML page without scripts: it needs no network, and the content policy admits its one
// style element by hash.
import { createHash } from "node:crypto";

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem; text-transform: capitalize }
details { border: 1px solid #8884; border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem }
summary { cursor: pointer }
code, pre { font: 13px/1.45 ui-monospace, monospace }
pre { overflow: auto; background: #8881; padding: .6rem; border-radius: 4px }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #8883 }
.method { display: inline-block; width: 4.2rem; font-weight: 600 }
`;

/** For the content policy. */
export const docsStyleHash = `'sha256-${createHash("sha256").update(style).digest("base64")}'`;

/** A page of every operation, its fields and replies. `description` is an OpenAPI 3.1 document. */
export function docsPage(description: unknown): string {
  const info = member(description, "info");
  const groups = new Map<string, string[]>();
  for (const [path, methods] of entries(member(description, "paths")))
    for (const [method, operation] of entries(methods)) {
      const [tag] = list(member(operation, "tags"));
      const group = groups.get(plain(tag)) ?? [];
      groups.set(plain(tag), [...group, operationHtml(method, path, operation)]);
    }
  const sections = [...groups].map(
    ([tag, items]) => `<h2>${escape(tag)}</h2>\n${items.join("\n")}`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="/favicon.svg">
<title>${escape(plain(member(info, "title")))} API</title><style>${style}</style></head>
<body><h1>${escape(plain(member(info, "title")))} API ${escape(plain(member(info, "version")))}</h1>
<p>${escape(plain(member(info, "description")))} The same as data: <a href="/api/v1/openapi.json">openapi.json</a>.</p>
${sections.join("\n")}
</body></html>
`;
}

function operationHtml(method: string, path: string, operation: unknown): string {
  const parameters = list(member(operation, "parameters")).map(
    (parameter) =>
      `<tr><td><code>${escape(plain(member(parameter, "name")))}</code></td><td>${escape(plain(member(parameter, "in")))}${member(parameter, "required") === true ? ", required" : ""}</td><td><code>${escape(typeText(member(parameter, "schema"), 0))}</code></td></tr>`,
  );
  const body = contentSchema(member(operation, "requestBody"));
  const replies = entries(member(operation, "responses")).map(([status, reply]) => {
    const schema = contentSchema(reply);
    return `<h4>${escape(status === "default" ? "otherwise" : status)}</h4>${schema === undefined ? "" : `<pre>${escape(typeText(schema, 0))}</pre>`}`;
  });
  return `<details><summary><span class="method">${escape(method.toUpperCase())}</span> <code>${escape(path)}</code> — ${escape(plain(member(operation, "summary")))}</summary>
<p>${escape(plain(member(operation, "description")))}</p>
${parameters.length === 0 ? "" : `<table>${parameters.join("")}</table>`}
${body === undefined ? "" : `<h4>body</h4><pre>${escape(typeText(body, 0))}</pre>`}
${replies.join("\n")}</details>`;
}

function contentSchema(holder: unknown): unknown {
  const [first] = entries(member(holder, "content"));
  return first === undefined ? undefined : member(first[1], "schema");
}

/** A schema in the notation of TypeScript, indented. */
function typeText(schema: unknown, depth: number): string {
  const options = list(member(schema, "anyOf"));
  if (options.length > 0) return options.map((option) => typeText(option, depth)).join(" | ");
  const constant = member(schema, "const");
  if (constant !== undefined) return JSON.stringify(constant);
  const values = list(member(schema, "enum"));
  if (values.length > 0) return values.map((value) => JSON.stringify(value)).join(" | ");
  switch (member(schema, "type")) {
    case "object":
      return objectText(schema, depth);
    case "array": {
      const item = typeText(member(schema, "items"), depth);
      return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
    }
    default:
      return plain(member(schema, "type"));
  }
}

function objectText(schema: unknown, depth: number): string {
  const required = list(member(schema, "required"));
  const indent = "  ".repeat(depth + 1);
  const fields = entries(member(schema, "properties")).map(
    ([name, field]) =>
      `${indent}${name}${required.includes(name) ? "" : "?"}: ${typeText(field, depth + 1)}`,
  );
  // What is keyed by a pattern comes as this in OpenAPI.
  const keyed = member(schema, "additionalProperties");
  if (typeof keyed === "object") fields.push(`${indent}[key]: ${typeText(keyed, depth + 1)}`);
  return fields.length === 0 ? "{}" : `{\n${fields.join("\n")}\n${"  ".repeat(depth)}}`;
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const plain = (value: unknown): string => (typeof value === "string" ? value : "");
const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
