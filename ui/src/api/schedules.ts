// Exchanges about schedules and the calendar, by name.
import type {
  Calendar,
  Firing,
  Schedule,
  ScheduleList,
  SchedulePreview,
  SchedulePreviewRequest,
  ScheduleSpec,
} from "@tidemark/proto";
import { request } from "./client.ts";

type Signal = AbortSignal;

export const readSchedules = (signal: Signal) =>
  request<ScheduleList>("GET", "/schedules", { signal });
export const readSchedule = (id: string, signal: Signal) =>
  request<Schedule>("GET", `/schedules/${id}`, { signal });
export const createSchedule = (body: ScheduleSpec) =>
  request<Schedule>("POST", "/schedules", { body });
export const changeSchedule = (id: string, body: ScheduleSpec) =>
  request<Schedule>("PUT", `/schedules/${id}`, { body });
export const removeSchedule = (id: string) => request<undefined>("DELETE", `/schedules/${id}`);
export const runScheduleNow = (id: string) => request<Firing>("POST", `/schedules/${id}/run`);
/** What an expression means, before it is saved. */
export const previewSchedule = (body: SchedulePreviewRequest, signal: Signal) =>
  request<SchedulePreview>("POST", "/schedules/preview", { body, signal });

export const readCalendar = (fromMs: number, untilMs: number, signal: Signal) =>
  request<Calendar>("GET", "/calendar", { signal, query: { fromMs, untilMs } });
