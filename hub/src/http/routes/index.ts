// Every group of routes. A group registers its routes and knows no other; access.ts says who may use them.
import type { RouteGroup } from "../deps.ts";
import { openapiRoutes } from "../openapi.ts";
import { agents } from "./agents.ts";
import { campaigns } from "./campaigns.ts";
import { enrolment } from "./enrolment.ts";
import { health } from "./health.ts";
import { live } from "./live.ts";
import { profileExchange } from "./profile-exchange.ts";
import { profiles } from "./profiles.ts";
import { query } from "./query.ts";
import { runResults } from "./run-results.ts";
import { runs } from "./runs.ts";
import { schedules } from "./schedules.ts";
import { session } from "./session.ts";
import { sharing } from "./sharing.ts";
import { status } from "./status.ts";
import { tokens } from "./tokens.ts";
import { verdicts } from "./verdicts.ts";
import { webhooks } from "./webhooks.ts";

export const routeGroups = [
  health,
  session,
  tokens,
  agents,
  enrolment,
  query,
  live,
  runs,
  runResults,
  profiles,
  verdicts,
  campaigns,
  schedules,
  webhooks,
  profileExchange,
  sharing,
  status,
  openapiRoutes,
] as const satisfies readonly RouteGroup[];
