// Serves the built UI: index.html for every path that is no file (the application routes by itself), assets named by their
// content for a year, and the .br or .gz that the build left beside them. The content policy admits the inline scripts of
// this very index.html by their hash and nothing else.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { RequestRefused } from "../errors.ts";

export interface StaticUi {
  /** `'sha256-…'` of each inline script. */
  readonly scriptHashes: readonly string[];
  register(app: FastifyInstance): Promise<void>;
  /** Answers a path that is no file and not of the API; throws `unavailable` when no UI was built. */
  shell(reply: FastifyReply): FastifyReply;
}

export function staticUi(directory: string): StaticUi {
  const index = join(directory, "index.html");
  const isBuilt = existsSync(index);
  return {
    scriptHashes: isBuilt ? inlineScriptHashes(readFileSync(index, "utf8")) : [],
    async register(app) {
      if (isBuilt)
        await app.register(fastifyStatic, {
          root: directory,
          prefix: "/",
          preCompressed: true,
          cacheControl: false,
          setHeaders: (reply, path) => {
            reply.header("cache-control", cacheControlOf(path, directory));
          },
        });
      else
        app.route({
          method: ["GET", "HEAD"],
          url: "/*",
          handler: (_request, reply) => {
            reply.callNotFound();
          },
        });
    },
    shell(reply) {
      if (!isBuilt)
        throw new RequestRefused("unavailable", "the UI is not built; `npm run build` makes it");
      return reply.sendFile("index.html");
    },
  };
}

/** Whether a request without a file behind it is a page of the application. */
export function isPage(request: FastifyRequest): boolean {
  const path = request.url.split("?", 1)[0] ?? "/";
  const isRead = request.method === "GET" || request.method === "HEAD";
  return isRead && !/\.[A-Za-z0-9]+$|\.\./.test(path);
}

const cacheControlOf = (path: string, directory: string) =>
  path.slice(directory.length).replaceAll("\\", "/").startsWith("/assets/")
    ? "public, max-age=31536000, immutable"
    : "no-cache";

function inlineScriptHashes(html: string): readonly string[] {
  const inline = html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g);
  return Array.from(inline, ([, script]) => {
    const hash = createHash("sha256")
      .update(script ?? "")
      .digest("base64");
    return `'sha256-${hash}'`;
  });
}
