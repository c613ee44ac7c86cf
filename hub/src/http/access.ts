// Who may do what: the one table of every route. A route that is not in it stops the start; a table entry without a route
// does too. viewer reads, operator also runs tests, admin also enrols, revokes and makes tokens.
import { type Role, roles } from "@tidemark/proto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { RequestRefused } from "../errors.ts";
import type { Caller, ReadCaller } from "./credentials.ts";

export type Access = "public" | Role;

export const access = {
  "GET /healthz": "public",
  "GET /readyz": "public",
  "POST /api/v1/session": "public",
  "POST /api/v1/enrol": "public",
  "GET /*": "public",
  "HEAD /*": "public",

  "GET /metrics": "viewer",
  "GET /api/docs": "viewer",
  "GET /api/v1/openapi.json": "viewer",
  "GET /api/v1/session": "viewer",
  "DELETE /api/v1/session": "viewer",
  "GET /api/v1/status": "viewer",
  "GET /api/v1/rejections": "viewer",
  "GET /api/v1/agents": "viewer",
  "GET /api/v1/agents/:id": "viewer",
  "GET /api/v1/agents/:id/inventory": "viewer",
  "GET /api/v1/agents/:id/processes": "viewer",
  "GET /api/v1/agents/:id/notices": "viewer",
  "GET /api/v1/fleet": "viewer",
  "GET /api/v1/metrics": "viewer",
  "GET /api/v1/query/range": "viewer",
  "GET /api/v1/query/top": "viewer",
  "GET /api/v1/live": "viewer",
  "GET /api/v1/runs": "viewer",
  "GET /api/v1/runs/:id": "viewer",
  "GET /api/v1/runs/:id/timeline": "viewer",
  "GET /api/v1/runs/:id/spectrum": "viewer",
  "GET /api/v1/runs/:id/hosts": "viewer",
  "GET /api/v1/runs/:id/live": "viewer",
  "GET /api/v1/runs/:id/profile": "viewer",
  "GET /api/v1/runs/:id/smp": "viewer",
  "GET /api/v1/profiles": "viewer",
  "GET /api/v1/profiles/:id": "viewer",
  "GET /api/v1/profiles/:id/export": "viewer",
  "GET /api/v1/profiles/:id/history": "viewer",
  "GET /api/v1/profiles/:id/detectable": "viewer",
  "GET /api/v1/compare": "viewer",
  "GET /api/v1/compare/hosts": "viewer",
  "GET /api/v1/board": "viewer",
  "GET /api/v1/profiles/:id/revisions": "viewer",
  "GET /api/v1/profiles/:id/revisions/:revision": "viewer",

  "GET /api/v1/campaigns": "viewer",
  "GET /api/v1/campaigns/:id": "viewer",
  "GET /api/v1/schedules": "viewer",
  "GET /api/v1/schedules/:id": "viewer",
  "GET /api/v1/schedules/:id/firings": "viewer",
  "POST /api/v1/schedules/preview": "viewer",
  "GET /api/v1/calendar": "viewer",
  "GET /api/v1/sharing": "viewer",
  "GET /api/v1/sharing/preview": "viewer",
  "GET /api/v1/sharing/ledger": "viewer",

  "POST /api/v1/profiles/:id/run": "operator",
  "POST /api/v1/comparisons": "operator",
  "POST /api/v1/campaigns/:id/cancel": "operator",
  "POST /api/v1/schedules": "operator",
  "PUT /api/v1/schedules/:id": "operator",
  "DELETE /api/v1/schedules/:id": "operator",
  "POST /api/v1/schedules/:id/run": "operator",
  "POST /api/v1/runs": "operator",
  "POST /api/v1/runs/try": "operator",
  "POST /api/v1/runs/:id/cancel": "operator",
  "PATCH /api/v1/runs/:id": "operator",
  "POST /api/v1/profiles": "operator",
  "POST /api/v1/profiles/import": "operator",
  "PUT /api/v1/profiles/:id": "operator",
  "POST /api/v1/profiles/:id/archive": "operator",
  "POST /api/v1/profiles/:id/restore": "operator",

  "PATCH /api/v1/agents/:id": "admin",
  "DELETE /api/v1/agents/:id": "admin",
  "GET /api/v1/enrolment-tokens": "admin",
  "POST /api/v1/enrolment-tokens": "admin",
  "DELETE /api/v1/enrolment-tokens/:id": "admin",
  "GET /api/v1/tokens": "admin",
  "POST /api/v1/tokens": "admin",
  "DELETE /api/v1/tokens/:id": "admin",
  "PUT /api/v1/users/:user/password": "admin",
  "GET /api/v1/webhooks": "admin",
  "POST /api/v1/webhooks": "admin",
  "DELETE /api/v1/webhooks/:id": "admin",
  "POST /api/v1/webhooks/:id/test": "admin",
  "POST /api/v1/sharing/answers": "admin",
  "POST /api/v1/sharing/withdraw": "admin",
  "POST /api/v1/sharing/export": "admin",
} as const satisfies Readonly<Record<string, Access>>;

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; undefined on public routes. */
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
}

/** Puts the table to work on `app`; call before any route is registered. */
export function enforceAccess(app: FastifyInstance, readCaller: ReadCaller): void {
  const unused = new Set<string>(Object.keys(access));
  app.decorateRequest("caller", undefined);
  app.addHook("onRoute", (route) => {
    for (const method of [route.method].flat()) {
      const key = `${method} ${route.url}`;
      const needed = isListed(key) ? access[key] : undefined;
      if (needed === undefined) throw new Error(`${key} has no entry in the access table`);
      unused.delete(key);
      route.config = { ...route.config, access: needed };
    }
  });
  app.addHook("onReady", async () => {
    if (unused.size > 0) throw new Error(`the access table lists no route: ${[...unused].join()}`);
  });
  app.addHook("onRequest", async (request) => {
    const needed = request.routeOptions.config.access;
    // Without a route there is no entry: the not-found handler decides what a stranger may learn.
    if (needed === undefined || needed === "public") return;
    const caller = await authenticate(request, readCaller);
    if (roles.indexOf(caller.role) < roles.indexOf(needed))
      throw new RequestRefused(
        "forbidden",
        `this needs the role ${needed}; ${caller.user} is ${caller.role}`,
      );
  });
}

/** The caller, also kept on the request; throws `not-signed-in`. */
export async function authenticate(
  request: FastifyRequest,
  readCaller: ReadCaller,
): Promise<Caller> {
  const caller = await readCaller(request);
  if (caller === undefined)
    throw new RequestRefused("not-signed-in", "sign in, or send an API token as a bearer token");
  request.caller = caller;
  return caller;
}

/** The caller of a route that the table guards. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new Error("a guarded route ran without a caller");
  return request.caller;
}

const isListed = (key: string): key is keyof typeof access => Object.hasOwn(access, key);
