// The mock's profiles, campaigns, schedules and calendar: what is read of them, and how they are changed.
import type { ServerResponse } from "node:http";
import type {
  Campaign,
  ImportRequest,
  NewCampaign,
  NewComparison,
  Profile,
  ProfileDraft,
  ProfileEdit,
  ProfileSpec,
  Run,
  Schedule,
  SchedulePreviewRequest,
  ScheduleSpec,
} from "@tidemark/proto";
import { empty, json, problem } from "./answers.ts";
import {
  advanced,
  campaignIds,
  matching,
  newComparison,
  newRuns,
  seededCampaigns,
} from "./campaigns.ts";
import { idOf } from "./fleet.ts";
import { profileIds, rowOf, seededProfiles } from "./profiles.ts";
import { calendarOf, previewOf, scheduleOf, seededSchedules } from "./schedules.ts";

export interface Asked {
  readonly method: string;
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly user: string;
  /** A hub that was just started. */
  readonly isEmpty: boolean;
  readonly response: ServerResponse;
}

export interface PlanDesk {
  /** False for what is not of this desk. */
  answer(asked: Asked): boolean;
}

export function openPlanDesk(hasAgents: boolean, allRuns: () => readonly Run[]): PlanDesk {
  const startedAtMs = Date.now();
  const profiles = seededProfiles(hasAgents, startedAtMs);
  const latest = (id: string | undefined) =>
    profiles.find((each) => each.id === id)?.revisions.at(-1);
  const runs = () => allRuns().toSorted((one, other) => other.createdAtMs - one.createdAtMs);
  const runIds = () => runs().map(({ id }) => id);
  const machines = latest(profileIds.machines);
  let campaigns: Campaign[] =
    machines === undefined ? [] : seededCampaigns(machines, runIds(), startedAtMs);
  let schedules: Schedule[] = hasAgents
    ? seededSchedules(profileIds, campaignIds.runs, startedAtMs)
    : [];

  function answerProfiles({ method, parts, query, body, user, isEmpty, response }: Asked): void {
    const [, id, what, revision] = parts;
    if (id === undefined && method === "GET") {
      const isArchived = query.get("archived") === "true";
      const rows = isEmpty ? [] : profiles.map((each) => rowOf(each, runs()));
      const items = rows
        .filter(({ archivedAtMs }) => (archivedAtMs !== null) === isArchived)
        .toSorted((one, other) => one.name.localeCompare(other.name));
      return json(response, { items });
    }
    if (id === undefined) return save(response, body as ProfileSpec, user);
    if (id === "import") return importDocument(response, body as ImportRequest);
    const kept = profiles.find((each) => each.id === id);
    const profile = kept?.revisions.at(-1);
    if (kept === undefined || profile === undefined)
      return problem(response, "not-found", `there is no profile ${id}`);
    if (what === undefined && method === "GET") return json(response, profile);
    if (what === undefined) return revise(response, profile, body as ProfileEdit, user);
    if (what === "revisions" && revision === undefined) {
      const items = kept.revisions
        .toReversed()
        .map(({ revision: number, revisedAtMs, revisedBy }) => ({
          revision: number,
          revisedAtMs,
          revisedBy,
        }));
      return json(response, { items });
    }
    if (what === "revisions") {
      const found = kept.revisions[Number(revision) - 1];
      return found
        ? json(response, found)
        : problem(response, "not-found", `profile ${id} has no revision ${revision}`);
    }
    if (what === "archive" || what === "restore") {
      const archivedAtMs = what === "archive" ? Date.now() : null;
      kept.revisions = kept.revisions.map((each) => ({ ...each, archivedAtMs }));
      return json(response, kept.revisions.at(-1));
    }
    if (what === "detectable")
      return json(
        response,
        detectableOf(profile, Number(query.get("runsEach")), query.get("variants")),
      );
    if (what === "export") return exported(response, profile, query);
    if (what === "run")
      return begin(response, newRuns(profile, body as NewCampaign, Date.now(), user));
    problem(response, "not-found", `a profile has no ${what}`);
  }

  function refusal(spec: ProfileSpec, id?: string): { field: string; reason: string } | undefined {
    if (profiles.some((each) => each.id !== id && each.revisions.at(-1)?.spec.name === spec.name))
      return { field: "/name", reason: `there is a profile named ${spec.name} already` };
    const headers = spec.load.headers ?? [];
    const open = headers.findIndex(
      ({ name, value }) => /^authorization$/i.test(name) && !value.includes("{{secret."),
    );
    return open < 0
      ? undefined
      : {
          field: `/load/headers/${open}/value`,
          reason: "a header that usually holds a secret must name one: {{secret.name}}",
        };
  }
  function save(response: ServerResponse, spec: ProfileSpec, user: string): void {
    const refused = refusal(spec);
    if (refused) return problem(response, "invalid-request", refused.reason, refused.field);
    const nowMs = Date.now();
    const profile: Profile = {
      id: idOf(`profile ${nowMs}`),
      revision: 1,
      spec,
      createdAtMs: nowMs,
      createdBy: user,
      revisedAtMs: nowMs,
      revisedBy: user,
      archivedAtMs: null,
    };
    profiles.push({ id: profile.id, revisions: [profile] });
    json(response, profile, 201);
  }
  function revise(
    response: ServerResponse,
    profile: Profile,
    edit: ProfileEdit,
    user: string,
  ): void {
    if (edit.revision !== profile.revision)
      return problem(
        response,
        "conflict",
        `revision ${edit.revision} was edited, but ${profile.revision} is the latest`,
        "/revision",
      );
    const refused = refusal(edit.spec, profile.id);
    if (refused)
      return problem(response, "invalid-request", refused.reason, `/spec${refused.field}`);
    const next: Profile = {
      ...profile,
      revision: profile.revision + 1,
      spec: edit.spec,
      revisedAtMs: Date.now(),
      revisedBy: user,
    };
    profiles.find(({ id }) => id === profile.id)?.revisions.push(next);
    json(response, next);
  }

  function begin(response: ServerResponse, campaign: Campaign): void {
    if (campaign.steps.length === 0)
      return problem(response, "invalid-request", "no variant matches", "/variants");
    campaigns = [campaign, ...campaigns];
    json(response, campaign, 201);
  }

  function answerCampaigns({ method, parts, query, user, isEmpty, response }: Asked): void {
    const [, id, what] = parts;
    if (id === undefined) {
      const [profile, schedule] = [query.get("profile"), query.get("schedule")];
      const items = (isEmpty ? [] : campaigns)
        .filter((each) => profile === null || each.profile.id === profile)
        .filter((each) => schedule === null || each.schedule === schedule)
        .map((each) => ({ ...each, verdicts: [] }));
      return json(response, { items, nextCursor: null });
    }
    const found = campaigns.find((each) => each.id === id);
    if (found === undefined) return problem(response, "not-found", `there is no campaign ${id}`);
    const isNew = !Object.values<string>(campaignIds).includes(id);
    let changed = isNew && method === "GET" ? advanced(found, runIds(), Date.now()) : found;
    if (what === "cancel") {
      const steps = found.steps.map((each) =>
        each.state === "waiting"
          ? { ...each, state: "skipped" as const }
          : each.state === "running"
            ? { ...each, state: "cancelled" as const }
            : each,
      );
      const cause = `cancelled by ${user}`;
      changed = { ...found, state: "cancelled", cause, steps, endedAtMs: Date.now() };
    }
    campaigns = campaigns.map((each) => (each.id === id ? changed : each));
    json(response, changed);
  }

  function answerSchedules({ method, parts, body, isEmpty, response }: Asked): void {
    const [, id, what] = parts;
    if (id === "preview") {
      const asked = body as SchedulePreviewRequest;
      const reason = cronFault(asked.cron);
      return reason === undefined
        ? json(response, previewOf(asked, Date.now()))
        : problem(response, "invalid-request", reason, "/cron");
    }
    const leader = { hub: "hub-1", sinceMs: startedAtMs - 3 * 86_400_000 };
    if (id === undefined && method === "GET")
      return json(response, { items: isEmpty ? [] : schedules, leader: isEmpty ? null : leader });
    const spec = body as ScheduleSpec;
    const nameOf = () => latest(spec.profile)?.spec.name ?? "";
    if (id === undefined) {
      const made = scheduleOf(idOf(`schedule ${Date.now()}`), spec, nameOf(), Date.now());
      schedules = [...schedules, made];
      return json(response, made, 201);
    }
    const found = schedules.find((each) => each.id === id);
    if (found === undefined) return problem(response, "not-found", `there is no schedule ${id}`);
    if (what === "run") {
      const [campaign] = campaigns;
      const firing = {
        id: idOf(`firing ${Date.now()}`),
        schedule: id,
        dueAtMs: Date.now(),
        startsAtMs: Date.now(),
        outcome: "started" as const,
        cause: "",
        campaign: campaign?.id ?? null,
        isManual: true,
      };
      return json(response, firing, 201);
    }
    if (method === "GET") return json(response, found);
    if (method === "DELETE") {
      schedules = schedules.filter((each) => each.id !== id);
      return empty(response);
    }
    const changed = scheduleOf(id, spec, nameOf(), Date.now(), found.lastFiring);
    schedules = schedules.map((each) => (each.id === id ? changed : each));
    json(response, changed);
  }

  return {
    answer(asked) {
      const { parts, method, body, query, user, isEmpty, response } = asked;
      const [kind, id, what] = parts;
      if (kind === "profiles" && what !== "history") answerProfiles(asked);
      else if (kind === "campaigns") answerCampaigns(asked);
      else if (kind === "schedules") answerSchedules(asked);
      else if (kind === "comparisons" && method === "POST") {
        const wanted = body as NewComparison;
        const profile = latest(wanted.profile);
        if (profile === undefined)
          problem(response, "not-found", "there is no such profile", "/profile");
        else begin(response, newComparison(profile, wanted, Date.now(), user));
      } else if (kind === "calendar") {
        const [fromMs, untilMs] = [Number(query.get("fromMs")), Number(query.get("untilMs"))];
        const shown = isEmpty ? [] : schedules;
        json(response, calendarOf(shown, campaignIds.runs, fromMs, untilMs, Date.now()));
      } else if (kind === "runs" && what === "profile") {
        const run = runs().find((each) => each.id === id);
        if (run === undefined) problem(response, "not-found", `there is no run ${id}`);
        else json(response, draftOfRun(run));
      } else return false;
      return true;
    },
  };
}

/** What a run kept of itself, and what it did not. */
function draftOfRun(run: Run): ProfileDraft {
  return {
    spec: {
      name: run.name || run.target,
      load: {
        driver: run.driver,
        target: run.target,
        pacing: run.pacing,
        connections: run.connections,
        durationSeconds: run.durationSeconds,
        headers: [{ name: "Accept", value: "" }],
      },
      placement: { agents: run.agents.map(({ agent }) => agent) },
    },
    remarks: [{ field: "/name", reason: "The run had no name of its own." }],
    missing: [
      { field: "/load/headers/0/value", reason: "The value of the header Accept was not kept." },
    ],
  };
}

function importDocument(response: ServerResponse, { document }: ImportRequest): void {
  if (!/smp_version|performance/i.test(document))
    return problem(
      response,
      "invalid-request",
      "this is no document of Tidemark, SMP or Meshery: it has none of their fields",
      "/document",
    );
  const load = {
    target: "http://localhost:2323/productpage",
    pacing: { kind: "constant" as const, ratePerSecond: 10 },
    connections: 2,
    durationSeconds: 15,
  };
  const drafts: ProfileDraft[] = [
    {
      spec: { name: "Istio performance test", load, placement: {} },
      remarks: [{ field: "/load/driver", reason: "“fortio” runs on Tidemark's own http1." }],
      missing: [{ field: "/placement", reason: "SMP does not say who generates the load." }],
    },
    {
      spec: {
        name: "Istio, without the mesh",
        load,
        placement: { selector: "role=mesh" },
        variants: [{ labels: { mesh: "off" } }],
      },
      remarks: [],
      missing: [],
    },
  ];
  json(response, { kind: "smp", drafts });
}

function exported(response: ServerResponse, profile: Profile, query: URLSearchParams): void {
  const format = query.get("format");
  if (format === "smp" && query.get("lossy") !== "true")
    return problem(
      response,
      "invalid-request",
      "SMP cannot carry all of this profile: objectives; comparison settings; the secret's name",
      "/lossy",
    );
  response.writeHead(200, {
    "content-type": format === "json" ? "application/json" : "application/yaml",
    "content-disposition": `attachment; filename="profile.${format === "json" ? "json" : "yaml"}"`,
  });
  response.end(JSON.stringify(profile.spec));
}

function detectableOf(profile: Profile, runsEach: number, variants: string | null) {
  const detectable = Number((0.133 / Math.sqrt(runsEach)).toPrecision(2));
  const strata = Math.max(1, matching(profile, variants ?? undefined).length / 2);
  const percent = Number((detectable * 100).toPrecision(2));
  return {
    runsEach,
    figures: [{ figure: "p99", noise: 0.03, historyRuns: 42, detectable, runsForMargin: 8 }],
    expectedMs: Math.round(2 * runsEach * strata * 66_000),
    sentence: `${runsEach} ${runsEach === 1 ? "run" : "runs"} each find a difference of ${percent} %.`,
  };
}

function cronFault(cron: string): string | undefined {
  const fields = cron.split(" ");
  const [minute = "", hour = ""] = fields;
  if (/^\d+$/.test(minute) && Number(minute) > 59) return `a minute is 0 to 59, not ${minute}`;
  if (/^\d+$/.test(hour) && Number(hour) > 23) return `an hour is 0 to 23, not ${hour}`;
  return undefined;
}
