// Campaigns: run a profile, compare two of its variants, follow, cancel.
import {
  Campaign,
  type CampaignId,
  CampaignList,
  CampaignQuery,
  NewCampaign,
  NewComparison,
  type Profile,
  isCampaignId,
  isProfileId,
} from "@tidemark/proto";
import type { StartedCampaign } from "../../campaigns/campaigns.ts";
import { RequestRefused } from "../../errors.ts";
import { callerOf } from "../access.ts";
import type { App, RouteDeps } from "../deps.ts";
import { IdParams } from "../params.ts";
import { noProfile } from "../profile-ids.ts";

export function campaigns(app: App, deps: RouteDeps): void {
  async function profileOf(id: string, field?: string): Promise<Profile> {
    const profile = isProfileId(id) ? await deps.profiles.revision(id) : undefined;
    if (profile !== undefined) return profile;
    throw field === undefined
      ? noProfile(id)
      : new RequestRefused("not-found", `there is no profile ${id}`, { field });
  }

  /** Audited; throws what was refused. */
  function begun(outcome: StartedCampaign, user: string, profile: Profile): Campaign {
    if (outcome.kind === "refused") {
      const { code, field, reason } = outcome;
      deps.audit.record(user, "campaign-refused", profile.id, `${code} ${field ?? reason}`);
      throw new RequestRefused(code, reason, { field });
    }
    const { id, kind, steps } = outcome.campaign;
    const what = `${kind} of ${profile.id}, ${steps.length} runs`;
    deps.audit.record(user, "campaign-started", id, what);
    return outcome.campaign;
  }

  app.post(
    "/api/v1/profiles/:id/run",
    {
      schema: {
        tags: ["campaigns"],
        summary: "Run a profile: its variants one after the other, each as often as it repeats",
        params: IdParams,
        body: NewCampaign,
        response: { 201: Campaign },
      },
    },
    async (request, reply) => {
      const { user } = callerOf(request);
      const profile = await profileOf(request.params.id);
      const outcome = await deps.campaigns.start(profile, request.body, { user });
      return reply.code(201).send(begun(outcome, user, profile));
    },
  );

  app.post(
    "/api/v1/comparisons",
    {
      schema: {
        tags: ["campaigns"],
        summary: "Compare two variants of a profile: interleaved runs of both, then a verdict",
        description:
          "Two selectors of variants that differ, such as release=3.5 and release=3.6. Variants of both sides are paired by the labels they share. The order is ABBA in random blocks, from the seed.",
        body: NewComparison,
        response: { 201: Campaign },
      },
    },
    async (request, reply) => {
      const { user } = callerOf(request);
      const profile = await profileOf(request.body.profile, "/profile");
      const outcome = await deps.campaigns.compare(profile, request.body, { user });
      return reply.code(201).send(begun(outcome, user, profile));
    },
  );

  app.get(
    "/api/v1/campaigns",
    {
      schema: {
        tags: ["campaigns"],
        summary: "Campaigns, newest first, without verdicts",
        querystring: CampaignQuery,
        response: { 200: CampaignList },
      },
    },
    async (request) => deps.campaigns.list(request.query),
  );

  app.get(
    "/api/v1/campaigns/:id",
    {
      schema: {
        tags: ["campaigns"],
        summary: "One campaign; of a comparison with its verdicts, or what its runs so far say",
        params: IdParams,
        response: { 200: Campaign },
      },
    },
    async (request) => {
      const campaign = await deps.campaigns.get(campaignIdOf(request.params.id));
      if (campaign === undefined) throw noCampaign(request.params.id);
      return campaign;
    },
  );

  app.post(
    "/api/v1/campaigns/:id/cancel",
    {
      schema: {
        tags: ["campaigns"],
        summary: "End a campaign and its run under way; what has not begun is skipped",
        params: IdParams,
        response: { 200: Campaign },
      },
    },
    async (request) => {
      const { user } = callerOf(request);
      const id = campaignIdOf(request.params.id);
      const campaign = await deps.campaigns.cancel(id, user);
      if (campaign === undefined) throw noCampaign(id);
      deps.audit.record(user, "campaign-cancelled", id);
      return campaign;
    },
  );
}

function noCampaign(id: string): RequestRefused {
  return new RequestRefused("not-found", `there is no campaign ${id}`);
}

function campaignIdOf(id: string): CampaignId {
  if (!isCampaignId(id)) throw noCampaign(id);
  return id;
}
