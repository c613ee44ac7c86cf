// The OpenAPI description, generated from the routes' own schemas and the access table, and the pages that show it.
import { Problem } from "@tidemark/proto";
import fastifySwagger from "@fastify/swagger";
import type { FastifyInstance, FastifySchema } from "fastify";
import { docsPage } from "./docs-page.ts";
import type { App } from "./deps.ts";

/** Call before the routes are registered. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Tidemark hub",
        version,
        description:
          "Requests need a session cookie (POST /api/v1/session) or an API token as a bearer token. Errors are application/problem+json with a code of a closed list.",
      },
      components: {
        securitySchemes: {
          session: { type: "apiKey", in: "cookie", name: "tidemark-<port>" },
          token: { type: "http", scheme: "bearer" },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const access = route.config?.access;
      const isPublic = access === undefined || access === "public";
      const needs = isPublic ? "Needs no credentials." : `Needs the role ${access}.`;
      return {
        url,
        schema: {
          ...schema,
          hide: url === "/*",
          description: schema?.description === undefined ? needs : `${schema.description} ${needs}`,
          security: isPublic ? [] : [{ session: [] }, { token: [] }],
          response: withProblem(schema?.response),
        },
      };
    },
  });
}

/** GET /api/v1/openapi.json and /api/docs. */
export function openapiRoutes(app: App): void {
  let page: string | undefined;
  app.get("/api/v1/openapi.json", { schema: { tags: ["hub"], summary: "This description" } }, () =>
    app.swagger(),
  );
  app.get(
    "/api/docs",
    { schema: { tags: ["hub"], summary: "This description, to be read" } },
    async (_request, reply) => {
      page ??= docsPage(app.swagger());
      return reply.header("content-type", "text/html; charset=utf-8").send(page);
    },
  );
}

function withProblem(response: FastifySchema["response"]): Record<string, unknown> {
  const replies = typeof response === "object" && response !== null ? response : {};
  return {
    ...replies,
    default: {
      description: "What went wrong",
      content: { "application/problem+json": { schema: Problem } },
    },
  };
}
