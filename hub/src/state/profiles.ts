// Profiles: a head for each, all of them in memory, and immutable revisions at the broker. A revision is written before the head that
// names it, so that whatever a head names is there; two hubs that edit at once are told apart by the head's own revision check.
import type { NatsConnection } from "@nats-io/transport-node";
import {
  AgentLabels,
  DriverName,
  IdSchema,
  type Profile,
  type ProfileEdit,
  type ProfileId,
  type ProfileSpec,
  VariantLabels,
  isProfileId,
  jsonParser,
  newId,
  profileLimits,
} from "@tidemark/proto";
import { type Static, Type } from "typebox";
import { RequestRefused } from "../errors.ts";
import { driverOf, shapeText } from "../profiles/shape.ts";
import type { StateOptions } from "./options.ts";
import { nameKey, openProfileNames } from "./profile-names.ts";
import { openProfileRevisions } from "./profile-revisions.ts";
import { openTable } from "./table.ts";

/** What is known of a profile without reading a revision. */
const ProfileHead = Type.Object({
  id: IdSchema,
  /** The latest. */
  revision: Type.Integer({ minimum: 1 }),
  name: Type.String(),
  description: Type.String(),
  labels: AgentLabels,
  driver: DriverName,
  target: Type.String(),
  shape: Type.String(),
  variants: Type.Array(VariantLabels),
  createdAtMs: Type.Integer(),
  createdBy: Type.String(),
  archivedAtMs: Type.Union([Type.Integer(), Type.Null()]),
  /** When and by whom each revision was made, the first one first. */
  revisions: Type.Array(Type.Object({ atMs: Type.Integer(), by: Type.String() }), {
    maxItems: profileLimits.revisionsMax,
  }),
});
export type ProfileHead = Omit<Static<typeof ProfileHead>, "id"> & { readonly id: ProfileId };

/** All of them throw RequestRefused for what cannot be done; fields are of what they were given. */
export interface Profiles {
  get(id: ProfileId): ProfileHead | undefined;
  /** By name. */
  list(): readonly ProfileHead[];
  /** With what a revision says, the latest without `revision`; undefined where there is none. */
  revision(id: ProfileId, revision?: number): Promise<Profile | undefined>;
  create(spec: ProfileSpec, user: string): Promise<Profile>;
  /** A new revision. The one that was edited must be the latest. */
  revise(id: ProfileId, edit: ProfileEdit, user: string): Promise<Profile>;
  /** From then on it cannot be run or edited, and its name is free; a second time changes nothing. */
  archive(id: ProfileId): Promise<ProfileHead>;
  /** Undoes `archive`, unless another profile has the name by now. */
  restore(id: ProfileId): Promise<ProfileHead>;
  stop(): Promise<void>;
}

export interface ProfilesOptions extends StateOptions {
  readonly revisionBytesMax?: number;
}

const headBounds = { bytesMax: 67_108_864, valueBytesMax: 524_288 };
const revisionBytesMaxDefault = 134_217_728;

export async function openProfiles(
  connection: NatsConnection,
  options: ProfilesOptions = {},
): Promise<Profiles> {
  const { now = Date.now, troubled = () => undefined } = options;
  const table = await openTable<ProfileHead>(connection, {
    name: "profiles",
    bounds: headBounds,
    parse: parseHead,
    troubled,
  });
  const revisions = await openProfileRevisions(connection, {
    bytesMax: options.revisionBytesMax ?? revisionBytesMaxDefault,
    now,
  });
  const names = await openProfileNames(connection, {
    async holds(profile, key) {
      const head = await table.fetch(profile);
      return head !== undefined && head.archivedAtMs === null && nameKey(head.name) === key;
    },
    now,
  });
  await revisions.sweep((profile) => table.get(profile) !== undefined);

  async function current(id: ProfileId): Promise<ProfileHead> {
    const head = await table.fetch(id);
    if (head === undefined) throw noProfile(id);
    return head;
  }

  async function claim(name: string, id: ProfileId, field?: string): Promise<void> {
    if (!(await names.claim(name, id)))
      throw new RequestRefused("conflict", `another profile is called ${name}`, { field });
  }

  /** Throws what `after` throws, also when another hub wrote in between. */
  async function change(id: ProfileId, after: (head: ProfileHead) => ProfileHead) {
    const head = await table.change(id, (before) => before && after(before));
    if (head === undefined) throw noProfile(id);
    return head;
  }

  return {
    get: (id) => table.get(id),
    list: () =>
      Array.from(table.entries(), ([, head]) => head).toSorted((one, other) =>
        one.name.localeCompare(other.name, "en"),
      ),
    async revision(id, revision) {
      // Another hub may have made it a moment ago.
      const head = await table.fetch(id);
      if (head === undefined) return undefined;
      const wanted = revision ?? head.revision;
      if (wanted > head.revision) return undefined;
      const held = await revisions.read(id, wanted);
      return held && profileOf(head, wanted, held.spec);
    },
    async create(spec, user) {
      if (table.size >= profileLimits.profilesMax)
        throw new RequestRefused(
          "conflict",
          `${profileLimits.profilesMax} profiles are kept, archived ones included: no more fit`,
        );
      const id = newId<ProfileId>();
      await claim(spec.name, id, "/name");
      const made = { atMs: now(), by: user };
      await revisions.write(id, 1, { spec, ...made });
      const head: ProfileHead = {
        id,
        revision: 1,
        ...summaryOf(spec),
        createdAtMs: made.atMs,
        createdBy: user,
        archivedAtMs: null,
        revisions: [made],
      };
      await table.create(id, head);
      return profileOf(head, 1, spec);
    },
    async revise(id, { revision, spec }, user) {
      const before = await current(id);
      assertEditable(before, revision);
      const next = revision + 1;
      const isRenamed = nameKey(spec.name) !== nameKey(before.name);
      const release = isRenamed ? await names.release(before.name, id) : undefined;
      if (isRenamed) await claim(spec.name, id, "/spec/name");
      const made = { atMs: now(), by: user };
      await revisions.write(id, next, { spec, ...made });
      const head = await change(id, (latest) => {
        assertEditable(latest, revision);
        return {
          ...latest,
          revision: next,
          ...summaryOf(spec),
          revisions: [...latest.revisions, made],
        };
      });
      await release?.();
      return profileOf(head, next, spec);
    },
    async archive(id) {
      const atMs = now();
      const release = await names.release((await current(id)).name, id);
      const head = await change(id, (before) => ({
        ...before,
        archivedAtMs: before.archivedAtMs ?? atMs,
      }));
      await release();
      return head;
    },
    async restore(id) {
      const { archivedAtMs, name } = await current(id);
      if (archivedAtMs !== null) await claim(name, id);
      return await change(id, (head) => ({ ...head, archivedAtMs: null }));
    },
    stop: () => table.stop(),
  };
}

function assertEditable(head: ProfileHead, edited: number): void {
  if (head.archivedAtMs !== null)
    throw new RequestRefused("conflict", `the profile ${head.id} is archived: restore it first`);
  if (head.revision !== edited)
    throw new RequestRefused(
      "conflict",
      edited < head.revision
        ? `revision ${head.revision} was made by ${head.revisions.at(-1)?.by ?? "somebody"} after revision ${edited}, which was edited: look at it, then edit it`
        : `there is no revision ${edited}, the latest is ${head.revision}`,
      { field: "/revision" },
    );
  if (edited >= profileLimits.revisionsMax)
    throw new RequestRefused(
      "conflict",
      `the profile has ${profileLimits.revisionsMax} revisions, no more are kept: save it as another profile`,
    );
}

function noProfile(id: ProfileId): RequestRefused {
  return new RequestRefused("not-found", `there is no profile ${id}`);
}

function summaryOf(spec: ProfileSpec) {
  return {
    name: spec.name,
    description: spec.description ?? "",
    labels: spec.labels ?? {},
    driver: driverOf(spec),
    target: spec.load.target,
    shape: shapeText(spec),
    variants: (spec.variants ?? []).map(({ labels }) => labels),
  };
}

function profileOf(head: ProfileHead, revision: number, spec: ProfileSpec): Profile {
  const made = head.revisions[revision - 1];
  return {
    id: head.id,
    revision,
    spec,
    createdAtMs: head.createdAtMs,
    createdBy: head.createdBy,
    revisedAtMs: made?.atMs ?? head.createdAtMs,
    revisedBy: made?.by ?? head.createdBy,
    archivedAtMs: head.archivedAtMs,
  };
}

const parseStored = jsonParser(ProfileHead, "profile");

function parseHead(bytes: Uint8Array): ProfileHead {
  const head = parseStored(bytes);
  if (!isProfileId(head.id)) throw new Error("its id is none");
  return { ...head, id: head.id };
}
