// Load tests: start, follow, cancel, read.
import {
  NewRun,
  type RunId,
  Run,
  RunList,
  RunPartQuery,
  RunQuery,
  RunSpectrum,
  RunTimeline,
  TriedExchange,
  TryRun,
  endStates,
  isRunId,
} from "@tidemark/proto";
import { RequestRefused } from "../../errors.ts";
import { callerOf } from "../access.ts";
import type { App, RouteDeps } from "../deps.ts";
import { IdParams } from "../params.ts";

export function runs(app: App, deps: RouteDeps): void {
  const noRun = (id: string) => new RequestRefused("not-found", `there is no run ${id}`);
  const runIdOf = (id: string): RunId => {
    if (!isRunId(id)) throw noRun(id);
    return id;
  };

  app.post(
    "/api/v1/runs",
    {
      schema: {
        tags: ["runs"],
        summary: "Start a load test on an agent",
        body: NewRun,
        response: { 201: Run },
      },
    },
    async (request, reply) => {
      const { user } = callerOf(request);
      const outcome = await deps.runs.create(request.body, user);
      if (outcome.kind === "refused") {
        deps.audit.record(user, "run-refused", whoOf(request.body), outcome.reason);
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
        body: TryRun,
        response: { 200: TriedExchange },
      },
    },
    async (request) => {
      const { user } = callerOf(request);
      const outcome = await deps.runs.try(request.body);
      if (outcome.kind === "refused") {
        deps.audit.record(user, "run-try-refused", whoOf(request.body), outcome.reason);
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

  app.get(
    "/api/v1/runs/:id/timeline",
    {
      schema: {
        tags: ["runs"],
        summary: "Rate, errors and latency second by second",
        params: IdParams,
        querystring: RunPartQuery,
        response: { 200: RunTimeline },
      },
    },
    async (request) => {
      const timeline = await deps.runs.timeline(runIdOf(request.params.id), request.query.agent);
      if (timeline === undefined) throw noRun(request.params.id);
      return timeline;
    },
  );

  app.get(
    "/api/v1/runs/:id/spectrum",
    {
      schema: {
        tags: ["runs"],
        summary: "Percentile spectrum and histogram of each basis",
        params: IdParams,
        querystring: RunPartQuery,
        response: { 200: RunSpectrum },
      },
    },
    async (request) => {
      const spectrum = await deps.runs.spectrum(runIdOf(request.params.id), request.query.agent);
      if (spectrum === undefined) throw noRun(request.params.id);
      return spectrum;
    },
  );

  app.get(
    "/api/v1/runs/:id/live",
    {
      schema: {
        tags: ["runs"],
        summary:
          "Server-sent events: `interval` every second, `run` when its state changed; ends with the run",
        produces: ["text/event-stream"],
        params: IdParams,
      },
    },
    async (request, reply) => {
      const id = runIdOf(request.params.id);
      const run = await deps.runs.get(id);
      if (run === undefined) throw noRun(id);
      deps.streams.open(request, reply, (stream) => {
        const unwatchIntervals = deps.runs.onInterval((of, timeline) => {
          if (of === id) stream.send("interval", JSON.stringify(timeline));
        });
        const sendRun = (changed: Run) => {
          if (changed.id !== id) return;
          stream.send("run", JSON.stringify(changed));
          if (hasEnded(changed)) stream.close();
        };
        const unwatchRun = deps.runs.onRun(sendRun);
        // What happened between the look-up and now is in this copy or comes as an event.
        sendRun(run);
        return () => {
          unwatchIntervals();
          unwatchRun();
        };
      });
      return reply;
    },
  );
}

/** Whom a request means, for the audit. */
function whoOf({ agent, agents, selector }: NewRun): string {
  return agent ?? selector ?? agents?.join(" ") ?? "";
}

const hasEnded = (run: Run) => endStates.some((state) => state === run.state);
