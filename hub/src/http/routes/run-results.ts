// What a load test measured: second by second, as a spectrum, live.
import { Run, RunHosts, RunPartQuery, RunSpectrum, RunTimeline, endStates } from "@tidemark/proto";
import type { App, RouteDeps } from "../deps.ts";
import { IdParams } from "../params.ts";
import { noRun, runIdOf } from "../run-ids.ts";

export function runResults(app: App, deps: RouteDeps): void {
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
    "/api/v1/runs/:id/hosts",
    {
      schema: {
        tags: ["runs"],
        summary: "What the hosts did meanwhile: generators, and the target's where it has an agent",
        params: IdParams,
        response: { 200: RunHosts },
      },
    },
    async (request) => {
      const id = runIdOf(request.params.id);
      if ((await deps.runs.get(id)) === undefined) throw noRun(id);
      const figures = await deps.hostFigures([id]);
      return { hosts: [...(figures.get(id) ?? [])] };
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

const hasEnded = (run: Run) => endStates.some((state) => state === run.state);
