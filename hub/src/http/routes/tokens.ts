// API tokens for programs, and passwords of users.
import { CreatedToken, NewPassword, NewToken, TokenList } from "@tidemark/proto";
import { Type } from "typebox";
import { RequestRefused } from "../../errors.ts";
import { callerOf } from "../access.ts";
import type { App, RouteDeps } from "../deps.ts";
import { TokenParams } from "../params.ts";

const UserParams = Type.Object(
  { user: Type.String({ pattern: "^[A-Za-z0-9._@-]+$", minLength: 1, maxLength: 64 }) },
  { additionalProperties: false },
);

export function tokens(app: App, deps: RouteDeps): void {
  app.get(
    "/api/v1/tokens",
    { schema: { tags: ["tokens"], summary: "API tokens", response: { 200: TokenList } } },
    async () => ({ items: [...(await deps.apiTokens.list())] }),
  );

  app.post(
    "/api/v1/tokens",
    {
      schema: {
        tags: ["tokens"],
        summary: "Make an API token; its secret is shown this once",
        body: NewToken,
        response: { 201: CreatedToken },
      },
    },
    async (request, reply) => {
      const { user } = callerOf(request);
      const created = await deps.apiTokens.create({ ...request.body, createdBy: user });
      deps.audit.record(
        user,
        "token-created",
        created.token.id,
        `${request.body.role} ${request.body.name}`,
      );
      return reply.code(201).send(created);
    },
  );

  app.delete(
    "/api/v1/tokens/:id",
    {
      schema: {
        tags: ["tokens"],
        summary: "Revoke an API token; its live streams end",
        params: TokenParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await deps.apiTokens.remove(id)))
        throw new RequestRefused("not-found", `there is no token ${id}`);
      await deps.streams.recheck();
      deps.audit.record(callerOf(request).user, "token-removed", id);
      return reply.code(204).send(null);
    },
  );

  app.put(
    "/api/v1/users/:user/password",
    {
      bodyLimit: 4_096,
      schema: {
        tags: ["session"],
        summary: "Set a user's password; makes the user when there is none",
        params: UserParams,
        body: NewPassword,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { user } = request.params;
      await deps.users.ensure(user, request.body.password, request.body.role);
      deps.audit.record(callerOf(request).user, "password-changed", user);
      return reply.code(204).send(null);
    },
  );
}
