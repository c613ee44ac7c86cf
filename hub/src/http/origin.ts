// Keeps other sites' pages away. DNS rebinding: a page whose name suddenly resolves to this address still sends its own name
// as Host, which a loopback hub refuses. Forged posts: a write that another origin started is refused by what the browser
// itself says (Sec-Fetch-Site, Origin); SameSite=Strict cookies alone would let in another port of the same host.
import type { FastifyRequest } from "fastify";
import { RequestRefused } from "../errors.ts";
import { isLoopback } from "../loopback.ts";

export interface OriginRules {
  /** Names the Host header may hold, without port; undefined when any may. */
  readonly hosts: ReadonlySet<string> | undefined;
  /** Origin of the configured public URL. */
  readonly publicOrigin: string | undefined;
}

/** The rules that follow from the bind address and the names the operator gave. */
export function originRules(
  bind: string,
  names: readonly string[],
  publicUrl?: string,
): OriginRules {
  const url = publicUrl === undefined ? undefined : new URL(publicUrl);
  const listed = [...names, ...(url === undefined ? [] : [url.hostname])].map(bare);
  const guarded = isLoopback(bind) || names.length > 0;
  return {
    hosts: guarded ? new Set(["localhost", "127.0.0.1", "::1", bare(bind), ...listed]) : undefined,
    publicOrigin: url?.origin,
  };
}

/** An onRequest hook; throws `forbidden`. */
export function checkOrigin(rules: OriginRules): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const host = bare(request.hostname);
    // Probes of an orchestrator address the pod by its number, and health says nothing worth stealing.
    const isProbe = request.url === "/healthz" || request.url === "/readyz";
    if (rules.hosts !== undefined && !rules.hosts.has(host) && !isProbe)
      throw new RequestRefused(
        "forbidden",
        "the Host header names another host; add it to TIDEMARK_HTTP_HOSTS if it is this one",
      );
    if (!isSafe(request.method) && isForeign(request, rules))
      throw new RequestRefused("forbidden", "the request was started by a page of another origin");
  };
}

const isSafe = (method: string) => method === "GET" || method === "HEAD" || method === "OPTIONS";

const bare = (host: string) => host.toLowerCase().replace(/^\[(.*)\]$/, "$1");

function isForeign(request: FastifyRequest, rules: OriginRules): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const { origin } = request.headers;
  if (origin === undefined) return false;
  return origin !== rules.publicOrigin && origin !== `${request.protocol}://${request.host}`;
}
