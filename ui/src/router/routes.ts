// The pages: one entry each, loaded when first visited. A page takes its path parameters as props.
import type { Component } from "svelte";
import { matchPath, type Params } from "./match.ts";

interface Route {
  readonly pattern: string;
  readonly load: () => Promise<{ readonly default: Component<Params> }>;
}

const page = (load: () => Promise<unknown>) => load as Route["load"];

const routes = [
  { pattern: "/", load: page(() => import("../pages/fleet/Fleet.svelte")) },
  { pattern: "/hosts/:id", load: page(() => import("../pages/host/Host.svelte")) },
  { pattern: "/run", load: page(() => import("../pages/new-run/NewRun.svelte")) },
  { pattern: "/runs", load: page(() => import("../pages/run/Runs.svelte")) },
  { pattern: "/runs/:id", load: page(() => import("../pages/run/Run.svelte")) },
  { pattern: "/profiles", load: page(() => import("../pages/profiles/Profiles.svelte")) },
  { pattern: "/profiles/new", load: page(() => import("../pages/profiles/ProfileEditor.svelte")) },
  {
    pattern: "/profiles/:id/edit",
    load: page(() => import("../pages/profiles/ProfileEditor.svelte")),
  },
  { pattern: "/profiles/:id", load: page(() => import("../pages/profile/Profile.svelte")) },
  { pattern: "/campaigns/:id", load: page(() => import("../pages/campaign/Campaign.svelte")) },
  { pattern: "/schedules", load: page(() => import("../pages/schedules/Schedules.svelte")) },
  {
    pattern: "/schedules/new",
    load: page(() => import("../pages/schedules/ScheduleEditor.svelte")),
  },
  {
    pattern: "/schedules/:id/edit",
    load: page(() => import("../pages/schedules/ScheduleEditor.svelte")),
  },
  { pattern: "/calendar", load: page(() => import("../pages/calendar/Calendar.svelte")) },
  { pattern: "/compare", load: page(() => import("../pages/compare/Compare.svelte")) },
  { pattern: "/board", load: page(() => import("../pages/board/Board.svelte")) },
  {
    pattern: "/profiles/:id/history",
    load: page(() => import("../pages/history/History.svelte")),
  },
  { pattern: "/status", load: page(() => import("../pages/status/Status.svelte")) },
  { pattern: "/sharing", load: page(() => import("../pages/sharing/Sharing.svelte")) },
  { pattern: "/settings", load: page(() => import("../pages/settings/Settings.svelte")) },
] as const satisfies readonly Route[];

export function routeOf(path: string): { route: Route; params: Params } | undefined {
  for (const route of routes) {
    const params = matchPath(route.pattern, path);
    if (params) return { route, params };
  }
  return undefined;
}
