// Profiles: list, read at any revision, make, edit, archive, restore.
import {
  IdSchema,
  Profile,
  ProfileEdit,
  ProfileList,
  ProfileQuery,
  type ProfileRow,
  ProfileSpec,
  RevisionList,
} from "@tidemark/proto";
import { Type } from "typebox";
import { RequestRefused } from "../../errors.ts";
import { profileFault } from "../../profiles/fault.ts";
import { placementRemarks } from "../../profiles/placed.ts";
import type { ProfileHead } from "../../state/profiles.ts";
import { openProfileRuns } from "../../store/profile-runs.ts";
import { callerOf } from "../access.ts";
import type { App, RouteDeps } from "../deps.ts";
import { IdParams } from "../params.ts";
import { noProfile, profileIdOf } from "../profile-ids.ts";

const RevisionParams = Type.Object(
  { id: IdSchema, revision: Type.String({ pattern: "^[1-9][0-9]{0,6}$" }) },
  { additionalProperties: false },
);

export function profiles(app: App, deps: RouteDeps): void {
  const profileRuns = openProfileRuns(deps.database);

  /** As it is shown: with what keeps its agents from running it now. */
  function shown(profile: Profile): Profile {
    const nowMs = deps.now();
    const agents = deps.agents.all().map((record) => deps.presence.view(record, nowMs));
    const remarks = placementRemarks(profile.spec.placement, agents);
    return remarks.length === 0 ? profile : { ...profile, remarks: [...remarks] };
  }

  async function read(id: string, revision?: number): Promise<Profile> {
    const profile = await deps.profiles.revision(profileIdOf(id), revision);
    if (profile !== undefined) return shown(profile);
    throw revision === undefined
      ? noProfile(id)
      : new RequestRefused("not-found", `there is no revision ${revision} of a profile ${id}`);
  }

  app.get(
    "/api/v1/profiles",
    {
      schema: {
        tags: ["profiles"],
        summary: "Profiles by name",
        querystring: ProfileQuery,
        response: { 200: ProfileList },
      },
    },
    async (request) => {
      const wanted = request.query.archived === true;
      const heads = deps.profiles.list().filter((head) => isArchived(head) === wanted);
      const latest = await profileRuns.latest();
      return { items: heads.map((head) => rowOf(head, latest.get(head.id) ?? null)) };
    },
  );

  app.post(
    "/api/v1/profiles",
    {
      schema: {
        tags: ["profiles"],
        summary: "Keep a load test as a profile",
        description:
          "A header that usually holds a secret must refer to one of the agents' own: {{secret.name}}. Variants have the same labels with different values.",
        body: ProfileSpec,
        response: { 201: Profile },
      },
    },
    async (request, reply) => {
      const { user } = callerOf(request);
      assertFaultless(request.body, "");
      const profile = await deps.profiles.create(request.body, user);
      deps.audit.record(user, "profile-created", profile.id, profile.spec.name);
      return reply.code(201).send(shown(profile));
    },
  );

  app.get(
    "/api/v1/profiles/:id",
    {
      schema: {
        tags: ["profiles"],
        summary: "One profile at its latest revision",
        params: IdParams,
        response: { 200: Profile },
      },
    },
    async (request) => await read(request.params.id),
  );

  app.put(
    "/api/v1/profiles/:id",
    {
      schema: {
        tags: ["profiles"],
        summary: "Edit a profile: a new revision",
        description:
          "`revision` is the one that was edited; when it is no longer the latest, the edit is a conflict that names who made the newer one.",
        params: IdParams,
        body: ProfileEdit,
        response: { 200: Profile },
      },
    },
    async (request) => {
      const { user } = callerOf(request);
      const id = profileIdOf(request.params.id);
      assertFaultless(request.body.spec, "/spec");
      const profile = await deps.profiles.revise(id, request.body, user);
      deps.audit.record(user, "profile-revised", id, `revision ${profile.revision}`);
      return shown(profile);
    },
  );

  app.get(
    "/api/v1/profiles/:id/revisions",
    {
      schema: {
        tags: ["profiles"],
        summary: "Revisions of a profile, newest first",
        params: IdParams,
        response: { 200: RevisionList },
      },
    },
    async (request) => {
      const head = deps.profiles.get(profileIdOf(request.params.id));
      if (head === undefined) throw noProfile(request.params.id);
      const items = head.revisions.map(({ atMs, by }, index) => ({
        revision: index + 1,
        revisedAtMs: atMs,
        revisedBy: by,
      }));
      return { items: items.toReversed() };
    },
  );

  app.get(
    "/api/v1/profiles/:id/revisions/:revision",
    {
      schema: {
        tags: ["profiles"],
        summary: "One profile as a revision had it",
        params: RevisionParams,
        response: { 200: Profile },
      },
    },
    async (request) => await read(request.params.id, Number(request.params.revision)),
  );

  app.post(
    "/api/v1/profiles/:id/archive",
    {
      schema: {
        tags: ["profiles"],
        summary: "Archive a profile: kept for its runs, and run no more",
        params: IdParams,
        response: { 200: Profile },
      },
    },
    async (request) => {
      const { user } = callerOf(request);
      const { id, name } = await deps.profiles.archive(profileIdOf(request.params.id));
      deps.audit.record(user, "profile-archived", id, name);
      return await read(id);
    },
  );

  app.post(
    "/api/v1/profiles/:id/restore",
    {
      schema: {
        tags: ["profiles"],
        summary: "Bring an archived profile back",
        params: IdParams,
        response: { 200: Profile },
      },
    },
    async (request) => {
      const { user } = callerOf(request);
      const { id, name } = await deps.profiles.restore(profileIdOf(request.params.id));
      deps.audit.record(user, "profile-restored", id, name);
      return await read(id);
    },
  );
}

/** `at`: where the request has the spec. */
function assertFaultless(spec: ProfileSpec, at: string): void {
  const fault = profileFault(spec);
  if (fault !== undefined)
    throw new RequestRefused("invalid-request", fault.reason, { field: `${at}${fault.field}` });
}

const isArchived = ({ archivedAtMs }: ProfileHead) => archivedAtMs !== null;

function rowOf(head: ProfileHead, lastRun: ProfileRow["lastRun"]): ProfileRow {
  const { createdAtMs, createdBy, revisions, ...row } = head;
  const latest = revisions.at(-1);
  return {
    ...row,
    revisedAtMs: latest?.atMs ?? createdAtMs,
    revisedBy: latest?.by ?? createdBy,
    lastRun,
  };
}
