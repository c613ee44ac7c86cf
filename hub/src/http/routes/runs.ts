// Load tests: start, try, cancel, read.
import { NewRun, Run, RunEdit, RunList, RunQuery, TriedExchange } from "@tidemark/proto";
import { RequestRefused } from "../../errors.ts";
import type { Refused } from "../../load/start.ts";
import { callerOf } from "../access.ts";
import type { App, RouteDeps } from "../deps.ts";
import { IdParams } from "../params.ts";
import { noRun, runIdOf } from "../run-ids.ts";

export function runs(app: App, deps: RouteDeps): void {
  app.post(
    "/api/v1/runs",
    {
      schema: {
        tags: ["runs"],
        summary: "Start a load test, or a search for the highest rate, on one agent or several",
        description:
          "Who: agents, a selector of their labels, or agent for one alone; a selector that nobody matches starts nothing. What is due: pacing, ratePerSecond for a constant rate, or preset. The driver is the target scheme's usual one unless given.",
        body: NewRun,
        response: { 201: Run },
      },
    },
    async (request, reply) => {
      const { user } = callerOf(request);
      const outcome = await deps.runs.create(request.body, user);
      if (outcome.kind === "refused") {
        deps.audit.record(user, "run-refused", whoOf(request.body), whyOf(outcome));
        throw new RequestRefused(outcome.code, outcome.reason, { field: outcome.field });
      }
      deps.audit.record(user, "run-started", outcome.run.id, request.body.target);
      return reply.code(201).send(outcome.run);
    },
  );

  app.post(
    "/api/v1/runs/try",
    {
      schema: {
        tags: ["runs"],
        summary: "Send one request of a load test from one agent and show the exchange",
        description:
          "Takes what POST /api/v1/runs takes, from one agent; how fast need not be said. Nothing is stored. The agent's policy decides as it would for a run.",
        body: NewRun,
        response: { 200: TriedExchange },
      },
    },
    async (request) => {
      const { user } = callerOf(request);
      const outcome = await deps.runs.try(request.body);
      if (outcome.kind === "refused") {
        deps.audit.record(user, "run-try-refused", whoOf(request.body), whyOf(outcome));
        throw new RequestRefused(outcome.code, outcome.reason, { field: outcome.field });
      }
      deps.audit.record(user, "run-tried", outcome.agent, request.body.target);
      return outcome.exchange;
    },
  );

  app.get(
    "/api/v1/runs",
    {
      schema: {
        tags: ["runs"],
        summary: "Load tests, newest first",
        querystring: RunQuery,
        response: { 200: RunList },
      },
    },
    async (request) => deps.runs.list(request.query),
  );

  app.get(
    "/api/v1/runs/:id",
    {
      schema: {
        tags: ["runs"],
        summary: "One load test",
        params: IdParams,
        response: { 200: Run },
      },
    },
    async (request) => {
      const run = await deps.runs.get(runIdOf(request.params.id));
      if (run === undefined) throw noRun(request.params.id);
      return run;
    },
  );

  app.patch(
    "/api/v1/runs/:id",
    {
      schema: {
        tags: ["runs"],
        summary: "Rename a load test",
        params: IdParams,
        body: RunEdit,
        response: { 200: Run },
      },
    },
    async (request) => {
      const { user } = callerOf(request);
      const id = runIdOf(request.params.id);
      const run = await deps.runs.rename(id, request.body.name);
      if (run === undefined) throw noRun(id);
      deps.audit.record(user, "run-renamed", id, request.body.name);
      return run;
    },
  );

  app.post(
    "/api/v1/runs/:id/cancel",
    {
      schema: {
        tags: ["runs"],
        summary: "Stop a load test",
        params: IdParams,
        response: { 200: Run },
      },
    },
    async (request) => {
      const { user } = callerOf(request);
      const id = runIdOf(request.params.id);
      const run = await deps.runs.cancel(id, user);
      if (run === undefined) throw noRun(id);
      deps.audit.record(user, "run-cancelled", id);
      return run;
    },
  );
}

/** Whom a request means, for the audit. */
function whoOf({ agent, agents, selector }: NewRun): string {
  return agent ?? selector ?? agents?.join(" ") ?? "";
}

/** Why it was refused, for the audit: what is said of a faulty field may quote it, and it may be a secret. */
function whyOf({ code, field = "", reason }: Refused): string {
  return code === "invalid-request" ? `${code} ${field}` : reason;
}
