// Where a redirect leads and with what (RFC 9110 15.4). Pure: whether the policy lets anyone go there is another question.
import type { RequestParts } from "../../requests/requests.ts";

/** A request on its way: where to, and how many redirects may follow. */
export interface Hop {
  readonly url: URL;
  readonly parts: RequestParts;
  readonly left: number;
}

export type Step =
  /** No redirect. */
  | { readonly kind: "final" }
  | { readonly kind: "follow"; readonly hop: Hop }
  /** `reason` shows nothing of the location: it may echo a secret, and be another each time. */
  | { readonly kind: "refused"; readonly reason: string };

const followed = new Set([301, 302, 303, 307, 308]);
const nothing = Buffer.alloc(0);
/** Say whose request this is, or which of a host's sites is meant. */
const ofOneHost = new Set(["authorization", "proxy-authorization", "cookie", "host"]);
const ofBody = /^content-|^transfer-/i;

/** What to do with a response to `hop`. */
export function stepAfter(hop: Hop, status: number, location: string): Step {
  if (!followed.has(status) || location === "") return { kind: "final" };
  if (!URL.canParse(location, hop.url)) return refused("it leads to what is no URL");
  const url = new URL(location, hop.url);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return refused("it leads to another scheme than http and https");
  if (hop.url.protocol === "https:" && url.protocol === "http:")
    return refused("it leads from https to http, where what was encrypted would be no more");
  if (hop.left === 0) return refused("there were as many before it as redirectsMax allows");
  return { kind: "follow", hop: { url, parts: partsAfter(hop, status, url), left: hop.left - 1 } };
}

function partsAfter({ url: from, parts }: Hop, status: number, url: URL): RequestParts {
  const becomesGet =
    (status === 303 && parts.method !== "HEAD") ||
    ((status === 301 || status === 302) && parts.method === "POST");
  const isElsewhere = url.origin !== from.origin;
  const headers = parts.headers.filter(
    ({ name, isConfidential }) =>
      !(becomesGet && ofBody.test(name)) &&
      !(isElsewhere && (isConfidential || ofOneHost.has(name.toLowerCase()))),
  );
  return {
    ...parts,
    method: becomesGet ? "GET" : parts.method,
    path: `${url.pathname}${url.search}`,
    headers,
    body: becomesGet ? nothing : parts.body,
    isConstant: false,
  };
}

function refused(reason: string): Step {
  return { kind: "refused", reason };
}
