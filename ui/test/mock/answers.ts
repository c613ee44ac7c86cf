// How the mock writes its answers: JSON, problems, and the built UI under the hub's own content policy.
import { createReadStream, existsSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import { problemCodes, type ProblemCode } from "@tidemark/proto";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
/** The hub's own policy, so that a page that breaks it breaks here first. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export function serveFile(dist: string, path: string, response: ServerResponse): void {
  const file = join(dist, normalize(path));
  const found =
    path !== "/" && file.startsWith(dist) && existsSync(file) ? file : join(dist, "index.html");
  response.writeHead(200, {
    "content-type": types[extname(found)] ?? "application/octet-stream",
    "content-security-policy": policy,
  });
  createReadStream(found).pipe(response);
}

export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
  });
  response.end(JSON.stringify(value));
}

export function empty(response: ServerResponse): void {
  response.writeHead(204);
  response.end();
}

export function problem(
  response: ServerResponse,
  code: ProblemCode,
  detail: string,
  field?: string,
): void {
  const status = problemCodes[code];
  response.writeHead(status, { "content-type": "application/problem+json" });
  response.end(
    JSON.stringify({
      type: "about:blank",
      title: code,
      status,
      code,
      detail,
      ...(field === undefined ? {} : { field }),
    }),
  );
}
