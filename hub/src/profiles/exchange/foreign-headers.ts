// Headers and cookies of a document from elsewhere, without the secrets in them.
import { type Header, loadLimits } from "@tidemark/proto";
import { holdsSecret } from "../secrets.ts";
import type { Notes } from "./draft.ts";

interface Sent {
  readonly headers: ReadonlyMap<string, string>;
  readonly cookies: ReadonlyMap<string, string>;
  readonly contentType: string | undefined;
}

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
const headerValue = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Values of headers that usually hold a secret, and of cookies, become names of secrets. */
export function headersOf(foreign: Sent, notes: Notes): readonly Header[] {
  const given = new Map(foreign.headers);
  const hasType = [...given.keys()].some((name) => name.toLowerCase() === "content-type");
  if (foreign.contentType !== undefined && !hasType) given.set("Content-Type", foreign.contentType);
  else if (foreign.contentType !== undefined)
    notes.remark("/load/headers", `the headers name a Content-Type: not ${foreign.contentType}`);
  const headers: Header[] = [];
  for (const [name, value] of given) {
    const field = `/load/headers/${headers.length}`;
    if (!headerName.test(name) || !headerValue.test(value) || value.length > valueLengthMax) {
      notes.remark("/load/headers", `${name.slice(0, 64)} is left out: no request can hold it`);
    } else if (holdsSecret(name)) {
      headers.push({ name, value: secretReference(name) });
      notes.remark(`${field}/value`, secretRemark(name, [secretName(name)]));
    } else headers.push({ name, value: escaped(value) });
  }
  const cookies = cookieValue(foreign.cookies, `/load/headers/${headers.length}/value`, notes);
  if (cookies !== "") headers.push({ name: "Cookie", value: cookies });
  if (headers.length > loadLimits.headersMax)
    throw new RangeError(`a request has ${loadLimits.headersMax} headers at most`);
  return headers;
}

function cookieValue(cookies: ReadonlyMap<string, string>, field: string, notes: Notes): string {
  const all = [...cookies.keys()];
  const names = all.filter((name) => headerName.test(name));
  for (const name of all)
    if (!names.includes(name))
      notes.remark("/load/headers", `the cookie ${name.slice(0, 64)} is left out: it is no name`);
  if (names.length > 0) notes.remark(field, secretRemark("Cookie", names.map(secretName)));
  return names.map((name) => `${name}=${secretReference(name)}`).join("; ");
}

const valueLengthMax = loadLimits.headerValueLengthMax / 2;
const secretName = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, "")
    .replace(/^[._-]+/, "")
    .slice(0, 64) || "header";
const secretReference = (name: string) => `{{secret.${secretName(name)}}}`;
const secretRemark = (header: string, names: readonly string[]) =>
  `a profile keeps no secrets: put what ${header} holds into the agents' secret files under ${names.join(", ")}`;

/** Braces of a document that knows no templates. */
export const escaped = (text: string): string => text.replaceAll("{{", "{{{{");
