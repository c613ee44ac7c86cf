// How a host becomes an agent: an admin makes a one-time token, the host proves that it holds its own key and trades the
// token for a JWT. The seed never leaves the host; the hub keeps the token's hash.
import {
  EnrolRequest,
  Enrolled,
  EnrolmentToken,
  EnrolmentTokenList,
  NewEnrolmentToken,
} from "@tidemark/proto";
import { Type } from "typebox";
import { fromPublic } from "@nats-io/nkeys";
import { RequestRefused } from "../../errors.ts";
import { callerOf } from "../access.ts";
import { addressKey, attemptLimit } from "../attempt-limit.ts";
import type { App, RouteDeps } from "../deps.ts";
import { TokenParams } from "../params.ts";

const defaultTtlSeconds = 3_600;

export function enrolment(app: App, deps: RouteDeps): void {
  const byAddress = attemptLimit(app, 60);

  app.post(
    "/api/v1/enrolment-tokens",
    {
      schema: {
        tags: ["enrolment"],
        summary: "Make a one-time token for one new agent",
        body: NewEnrolmentToken,
        response: { 201: EnrolmentToken },
      },
    },
    async (request, reply) => {
      const { user } = callerOf(request);
      const { labels = {}, ttlSeconds = defaultTtlSeconds } = request.body;
      const made = await deps.enrolment.create({ labels, ttlSeconds, createdBy: user });
      deps.audit.record(user, "enrolment-token-created", "", `valid for ${ttlSeconds} s`);
      return reply.code(201).send({
        ...made,
        // Asks for the token: as part of the line it would stay in the shell's history, as an argument show in a process list.
        command: `bash -c 'read -rsp "Token: " token && printf %s "$token"' | tidemark-agent enroll --hub ${deps.publicUrl()} --token-file -`,
      });
    },
  );

  app.get(
    "/api/v1/enrolment-tokens",
    {
      schema: {
        tags: ["enrolment"],
        summary: "Tokens that still let a host in, without their secrets",
        response: { 200: EnrolmentTokenList },
      },
    },
    async () => ({ items: await deps.enrolment.list() }),
  );

  app.delete(
    "/api/v1/enrolment-tokens/:id",
    {
      schema: {
        tags: ["enrolment"],
        summary: "Make a one-time token void",
        params: TokenParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await deps.enrolment.remove(id)))
        throw new RequestRefused("not-found", `there is no enrolment token ${id} to redeem`);
      deps.audit.record(callerOf(request).user, "enrolment-token-removed", id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/v1/enrol",
    {
      bodyLimit: 4_096,
      schema: {
        tags: ["enrolment"],
        summary: "Trade a one-time token for an agent's credentials",
        body: EnrolRequest,
        response: { 201: Enrolled },
      },
    },
    async (request, reply) => {
      const { token, publicKey, signature, name } = request.body;
      await byAddress(request, addressKey(request.ip));
      // Checked before the token burns: a faulty client may try again.
      if (!signedByKey(publicKey, `tidemark-enrol:${token}`, signature))
        throw new RequestRefused("wrong-credentials", "the signature is not of this public key", {
          field: "/signature",
        });
      const before = deps.agents.all().find((record) => record.publicKey === publicKey);
      if (before !== undefined && before.revokedAtMs !== null)
        throw new RequestRefused("conflict", "this key was revoked: enrol with a new one", {
          field: "/publicKey",
        });
      const redeemed = await deps.enrolment.redeem(token);
      if (redeemed.kind === "refused") {
        deps.audit.record("", "enrolment-refused", request.ip, redeemed.reason);
        throw new RequestRefused("wrong-credentials", redeemed.reason, { field: "/token" });
      }
      // A host that lost its JWT and kept its key is the agent it was.
      const record = await deps.agents.create({ name, labels: redeemed.labels, publicKey });
      const jwt = await deps.broker.issue(record.id, publicKey);
      if (before !== undefined) await deps.agents.update(record.id, { credentialAtMs: deps.now() });
      deps.audit.record("", "agent-enrolled", record.id, `${name} from ${request.ip}`);
      deps.live.agentChanged(deps.presence.view(record, deps.now()));
      return reply.code(201).send({
        agent: record.id,
        jwt,
        brokerUrls: [...deps.broker.brokerUrls],
        taskKey: deps.taskKey,
      });
    },
  );
}

function signedByKey(publicKey: string, text: string, signature: string): boolean {
  try {
    return fromPublic(publicKey).verify(
      new TextEncoder().encode(text),
      Buffer.from(signature, "base64url"),
    );
  } catch {
    // nkeys throws for a key with a wrong checksum and for a signature of a wrong length.
    return false;
  }
}
