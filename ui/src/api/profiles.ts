// Exchanges about profiles and the campaigns that run them, by name.
import type {
  Campaign,
  CampaignList,
  CampaignQuery,
  Detectable,
  DocumentKind,
  ImportAnswer,
  NewCampaign,
  NewComparison,
  Profile,
  ProfileDraft,
  ProfileEdit,
  ProfileList,
  ProfileSpec,
  RevisionList,
  RunList,
} from "@tidemark/proto";
import { apiUrl, request, requestText } from "./client.ts";

type Signal = AbortSignal;

export const readProfiles = (archived: boolean, signal: Signal) =>
  request<ProfileList>("GET", "/profiles", {
    signal,
    query: { archived: archived ? "true" : undefined },
  });
export const readProfile = (id: string, signal: Signal) =>
  request<Profile>("GET", `/profiles/${id}`, { signal });
export const readRevisions = (id: string, signal: Signal) =>
  request<RevisionList>("GET", `/profiles/${id}/revisions`, { signal });
export const readRevision = (id: string, revision: number, signal: Signal) =>
  request<Profile>("GET", `/profiles/${id}/revisions/${revision}`, { signal });
export const createProfile = (body: ProfileSpec) => request<Profile>("POST", "/profiles", { body });
export const reviseProfile = (id: string, body: ProfileEdit) =>
  request<Profile>("PUT", `/profiles/${id}`, { body });
export const archiveProfile = (id: string) => request<Profile>("POST", `/profiles/${id}/archive`);
export const restoreProfile = (id: string) => request<Profile>("POST", `/profiles/${id}/restore`);

/** What another tool's document holds; nothing is stored. */
export const importDocument = (document: string, kind: DocumentKind | undefined) =>
  request<ImportAnswer>("POST", "/profiles/import", {
    body: kind === undefined ? { document } : { document, kind },
  });
/** What a run would be as a profile. */
export const readRunAsProfile = (run: string, signal: Signal) =>
  request<ProfileDraft>("GET", `/runs/${run}/profile`, { signal });
export const exportUrl = (id: string, format: "yaml" | "json") =>
  apiUrl(`/profiles/${id}/export`, { format });
/** Refused with the list of what SMP cannot carry, unless `lossy`. */
export const readAsSmp = (id: string, lossy: boolean) =>
  requestText(`/profiles/${id}/export`, {
    query: { format: "smp", lossy: lossy ? "true" : undefined },
  });

export interface DetectableOf {
  readonly runsEach: number;
  readonly variants?: string | undefined;
}
export const readDetectable = (id: string, query: DetectableOf, signal: Signal) =>
  request<Detectable>("GET", `/profiles/${id}/detectable`, { signal, query: { ...query } });

export const runProfile = (id: string, body: NewCampaign) =>
  request<Campaign>("POST", `/profiles/${id}/run`, { body });
export const startComparison = (body: NewComparison) =>
  request<Campaign>("POST", "/comparisons", { body });
export const readCampaigns = (query: CampaignQuery, signal: Signal) =>
  request<CampaignList>("GET", "/campaigns", { signal, query });
export const readCampaign = (id: string, signal: Signal) =>
  request<Campaign>("GET", `/campaigns/${id}`, { signal });
export const cancelCampaign = (id: string) => request<Campaign>("POST", `/campaigns/${id}/cancel`);
export const readRunsOf = (query: { profile?: string; limit?: number }, signal: Signal) =>
  request<RunList>("GET", "/runs", { signal, query });
