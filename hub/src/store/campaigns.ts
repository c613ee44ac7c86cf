// Campaigns, saved state by state: the newest version of a row holds. A list is read without verdicts, which are most of a row.
import {
  Campaign,
  type CampaignId,
  type CampaignKind,
  IdSchema,
  Verdict,
  isCampaignId,
  parser,
} from "@tidemark/proto";
import { Type } from "typebox";
import type { Database } from "./database.ts";
import { dateTime64 } from "./sql-text.ts";

/** A campaign as the hub keeps it: its id is one. */
export type StoredCampaign = Omit<Campaign, "id"> & { readonly id: CampaignId };

/** Where a page of the list begins: after this campaign, newest first. */
export interface CampaignCursor {
  readonly createdAtMs: number;
  readonly id: CampaignId;
}

export interface CampaignListing {
  readonly profile?: string | undefined;
  readonly schedule?: string | undefined;
  readonly kind?: CampaignKind | undefined;
  readonly after?: CampaignCursor | undefined;
  readonly limit: number;
}

export interface CampaignStore {
  /** Its version is later than any this store has saved or read: also of another hub whose clock is ahead. */
  save(campaign: StoredCampaign): Promise<void>;
  find(id: CampaignId): Promise<StoredCampaign | undefined>;
  /** Newest first, without verdicts. */
  list(query: CampaignListing): Promise<readonly StoredCampaign[]>;
  /** Made in [fromMs, untilMs), newest first, without verdicts. */
  between(fromMs: number, untilMs: number, limit: number): Promise<readonly StoredCampaign[]>;
  /** Those that have not ended, oldest first. */
  unended(): Promise<readonly StoredCampaign[]>;
}

const unendedMax = 1_000;
const parseCampaign = parser(
  Type.Omit(Campaign, ["verdicts"], { additionalProperties: false }),
  "stored campaign",
);
const parseVerdicts = parser(Type.Array(Verdict), "stored verdicts of a campaign");
const parseId = parser(IdSchema, "id of a stored campaign");

interface CampaignRow {
  readonly version: number | string;
  readonly campaign: string;
  /** A JSON array; empty where it was not asked for. */
  readonly verdicts: string;
}

/** `now`: Unix ms; orders the versions of a row. */
export function openCampaignStore(database: Database, now: () => number): CampaignStore {
  let version = 0;

  async function read(
    where: string,
    order: string,
    params: { readonly limit: number } & Record<string, unknown>,
    verdicts = "''",
  ): Promise<StoredCampaign[]> {
    const rows = await database.query<CampaignRow>(
      `SELECT version, JSONExtractRaw(record, 'campaign') AS campaign, ${verdicts} AS verdicts
      FROM campaigns FINAL
      WHERE ${where}
      ORDER BY ${order}
      LIMIT {limit:UInt32}`,
      params,
    );
    for (const row of rows) version = Math.max(version, Number(row.version));
    return rows.map(campaignOf);
  }

  return {
    async save(campaign) {
      version = Math.max(version + 1, now());
      await database.insertRows("campaigns", [rowOf(campaign, version)]);
    },
    async find(id) {
      const [found] = await read(
        "id = {id:String}",
        "version DESC",
        { id, limit: 1 },
        "JSONExtractRaw(record, 'verdicts')",
      );
      return found;
    },
    list: ({ profile, schedule, kind, after, limit }) =>
      read(
        `({profile:String} = '' OR profile = {profile:String})
          AND ({schedule:String} = '' OR schedule = {schedule:String})
          AND ({kind:String} = '' OR kind = {kind:String})
          AND ({afterId:String} = ''
            OR (toUnixTimestamp64Milli(created_at), id) < ({afterMs:Int64}, {afterId:String}))`,
        "created_at DESC, id DESC",
        {
          profile: profile ?? "",
          schedule: schedule ?? "",
          kind: kind ?? "",
          afterId: after?.id ?? "",
          afterMs: after?.createdAtMs ?? 0,
          limit,
        },
      ),
    between: (fromMs, untilMs, limit) =>
      read(
        `created_at >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
          AND created_at < fromUnixTimestamp64Milli({untilMs:Int64}, 'UTC')`,
        "created_at DESC, id DESC",
        { fromMs, untilMs, limit },
      ),
    unended: () => read("state IN ('waiting', 'running')", "created_at, id", { limit: unendedMax }),
  };
}

function rowOf({ verdicts, ...campaign }: StoredCampaign, version: number) {
  return {
    id: campaign.id,
    version,
    created_at: dateTime64(campaign.createdAtMs),
    kind: campaign.kind,
    profile: campaign.profile.id,
    schedule: campaign.schedule ?? "",
    state: campaign.state,
    record: JSON.stringify({ campaign, verdicts }),
  };
}

function campaignOf(row: CampaignRow): StoredCampaign {
  const campaign = parseCampaign(JSON.parse(row.campaign));
  const id = parseId(campaign.id);
  if (!isCampaignId(id)) throw new Error(`campaign ${id} is stored under no id`);
  const verdicts = row.verdicts === "" ? [] : parseVerdicts(JSON.parse(row.verdicts));
  return { ...campaign, id, verdicts };
}
