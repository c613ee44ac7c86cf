// Sign-in with user and password, and what the session is. Guessing is slowed by address, and by user: soon for one address, so that
// a stranger who guesses does not keep the user out, and later for all together.
import { Session, SignIn } from "@tidemark/proto";
import { Type } from "typebox";
import { RequestRefused } from "../../errors.ts";
import { callerOf } from "../access.ts";
import { clearSessionCookie, setSessionCookie } from "../credentials.ts";
import type { App, RouteDeps } from "../deps.ts";
import { addressKey, attemptLimit, userKey } from "../attempt-limit.ts";

/** An API token carries no session; its own expiry is not told here. */
const neverMs = 8_640_000_000_000_000;

export function session(app: App, deps: RouteDeps): void {
  const byAddress = attemptLimit(app, 30);
  const byUserThere = attemptLimit(app, 10);
  const byUser = attemptLimit(app, 100);

  app.post(
    "/api/v1/session",
    {
      bodyLimit: 4_096,
      schema: {
        tags: ["session"],
        summary: "Sign in; sets the session cookie",
        body: SignIn,
        response: { 200: Session },
      },
    },
    async (request, reply) => {
      const { user, password } = request.body;
      const address = addressKey(request.ip);
      await byAddress(request, address);
      await byUserThere(request, `${address} ${userKey(user)}`);
      await byUser(request, userKey(user));
      const known = await deps.users.verify(user, password);
      if (known === undefined) {
        // What is no user's name may be a password typed in the wrong field.
        const named = deps.users.has(user) ? user : "(unknown)";
        deps.audit.record(named, "sign-in-refused", request.ip);
        throw new RequestRefused("wrong-credentials", "the user or the password is wrong");
      }
      const { secret, expiresAtMs } = await deps.sessions.create(known.user, known.role);
      setSessionCookie(request, reply, secret, expiresAtMs);
      deps.audit.record(known.user, "signed-in", request.ip);
      return { user: known.user, role: known.role, expiresAtMs };
    },
  );

  app.get(
    "/api/v1/session",
    { schema: { tags: ["session"], summary: "Who I am", response: { 200: Session } } },
    async (request) => {
      const { user, role, credential } = callerOf(request);
      const expiresAtMs = credential.kind === "session" ? credential.expiresAtMs : neverMs;
      return { user, role, expiresAtMs };
    },
  );

  app.delete(
    "/api/v1/session",
    {
      schema: {
        tags: ["session"],
        summary: "Sign out; the session and its live streams end",
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { user, credential } = callerOf(request);
      if (credential.kind === "session") {
        await deps.sessions.remove(credential.secret);
        await deps.streams.recheck();
        deps.audit.record(user, "signed-out", request.ip);
      }
      clearSessionCookie(request, reply);
      return reply.code(204).send(null);
    },
  );
}
