// Schedules and the calendar: keep, change, look ahead, run now.
import {
  Calendar,
  CalendarQuery,
  Firing,
  FiringList,
  FiringQuery,
  Schedule,
  type ScheduleId,
  ScheduleList,
  SchedulePreview,
  SchedulePreviewRequest,
  ScheduleSpec,
  isScheduleId,
} from "@tidemark/proto";
import { Type } from "typebox";
import { RequestRefused } from "../../errors.ts";
import { callerOf } from "../access.ts";
import type { App, RouteDeps } from "../deps.ts";
import { IdParams } from "../params.ts";

const firingsDefault = 100;
/** A retry with the same key starts nothing new. */
const RunHeaders = Type.Object({
  "idempotency-key": Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
});

export function schedules(app: App, deps: RouteDeps): void {
  app.get(
    "/api/v1/schedules",
    {
      schema: {
        tags: ["schedules"],
        summary: "Schedules by name, with their next five starts, and which hub leads",
        response: { 200: ScheduleList },
      },
    },
    async () => deps.schedules.list(),
  );

  app.post(
    "/api/v1/schedules",
    {
      schema: {
        tags: ["schedules"],
        summary: "Let a profile run by itself",
        body: ScheduleSpec,
        response: { 201: Schedule },
      },
    },
    async (request, reply) => {
      const { user } = callerOf(request);
      const made = await deps.schedules.create(request.body, user);
      deps.audit.record(user, "schedule-created", made.id, `${made.spec.name}: ${made.spec.cron}`);
      return reply.code(201).send(made);
    },
  );

  app.post(
    "/api/v1/schedules/preview",
    {
      schema: {
        tags: ["schedules"],
        summary: "What an expression means: words, the next five starts, what clocks do to it",
        body: SchedulePreviewRequest,
        response: { 200: SchedulePreview },
      },
    },
    async (request) => deps.schedules.preview(request.body),
  );

  app.get(
    "/api/v1/schedules/:id",
    {
      schema: {
        tags: ["schedules"],
        summary: "One schedule",
        params: IdParams,
        response: { 200: Schedule },
      },
    },
    async (request) => known(await deps.schedules.get(idOf(request.params.id)), request.params.id),
  );

  app.put(
    "/api/v1/schedules/:id",
    {
      schema: {
        tags: ["schedules"],
        summary: "Change a schedule; `paused` stops and resumes it",
        params: IdParams,
        body: ScheduleSpec,
        response: { 200: Schedule },
      },
    },
    async (request) => {
      const { id } = request.params;
      const changed = known(await deps.schedules.change(idOf(id), request.body), id);
      const what = `${changed.spec.name}: ${changed.spec.cron}${changed.spec.paused ? ", paused" : ""}`;
      deps.audit.record(callerOf(request).user, "schedule-changed", id, what);
      return changed;
    },
  );

  app.delete(
    "/api/v1/schedules/:id",
    {
      schema: {
        tags: ["schedules"],
        summary: "Remove a schedule; what it has started goes on",
        params: IdParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await deps.schedules.remove(idOf(id)))) throw noSchedule(id);
      deps.audit.record(callerOf(request).user, "schedule-removed", id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/v1/schedules/:id/run",
    {
      schema: {
        tags: ["schedules"],
        summary: "Run it now, beside its times; once for each idempotency-key",
        params: IdParams,
        headers: RunHeaders,
        response: { 201: Firing },
      },
    },
    async (request, reply) => {
      const { user } = callerOf(request);
      const { id } = request.params;
      const key = request.headers["idempotency-key"];
      const firing = known(await deps.schedules.runNow(idOf(id), user, key), id);
      deps.audit.record(user, "schedule-run", id, firing.id);
      return reply.code(201).send(firing);
    },
  );

  app.get(
    "/api/v1/schedules/:id/firings",
    {
      schema: {
        tags: ["schedules"],
        summary: "What came of its times, newest first",
        params: IdParams,
        querystring: FiringQuery,
        response: { 200: FiringList },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { limit = firingsDefault } = request.query;
      return { items: [...known(await deps.schedules.firings(idOf(id), limit), id)] };
    },
  );

  app.get(
    "/api/v1/calendar",
    {
      schema: {
        tags: ["schedules"],
        summary: "What ran, what runs and what will, and what would be in each other's way",
        querystring: CalendarQuery,
        response: { 200: Calendar },
      },
    },
    async (request) => deps.schedules.calendar(request.query.fromMs, request.query.untilMs),
  );
}

const noSchedule = (id: string) => new RequestRefused("not-found", `there is no schedule ${id}`);

function idOf(id: string): ScheduleId {
  if (!isScheduleId(id)) throw noSchedule(id);
  return id;
}

function known<T>(found: T | undefined, id: string): T {
  if (found === undefined) throw noSchedule(id);
  return found;
}
