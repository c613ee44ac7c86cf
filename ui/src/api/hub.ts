// Every exchange with the hub that the pages use, by name. Paths and types are proto/src/api's.
import type {
  Agent,
  AgentList,
  AgentPatch,
  Board,
  Comparison,
  CreatedToken,
  CreatedWebhook,
  EnrolmentToken,
  EnrolmentTokenList,
  Fleet,
  History,
  HostComparison,
  InventoryRecord,
  NewEnrolmentToken,
  NewRun,
  NewToken,
  NewWebhook,
  NoticeList,
  ProcessSnapshot,
  Profile,
  ProfileList,
  RangeResult,
  RejectionList,
  Run,
  RunEdit,
  RunHosts,
  RunList,
  RunSpectrum,
  RunTimeline,
  Session,
  SignIn,
  Status,
  TokenList,
  TriedExchange,
  WebhookList,
  WebhookTest,
} from "@tidemark/proto";
import { request, type Query } from "./client.ts";

type Signal = AbortSignal;

export const readSession = (signal: Signal) => request<Session>("GET", "/session", { signal });
export const signIn = (body: SignIn) => request<Session>("POST", "/session", { body });
export const signOut = () => request<undefined>("DELETE", "/session");

export const readFleet = (signal: Signal) => request<Fleet>("GET", "/fleet", { signal });
export const readAgents = (signal: Signal) =>
  request<AgentList>("GET", "/agents", { signal, query: { limit: 1_000 } });
export const readAgent = (id: string, signal: Signal) =>
  request<Agent>("GET", `/agents/${id}`, { signal });
export const changeAgent = (id: string, body: AgentPatch) =>
  request<Agent>("PATCH", `/agents/${id}`, { body });
export const revokeAgent = (id: string) => request<undefined>("DELETE", `/agents/${id}`);
export const readInventory = (id: string, signal: Signal) =>
  request<InventoryRecord>("GET", `/agents/${id}/inventory`, { signal });
export const readProcesses = (id: string, atMs: number | undefined, signal: Signal) =>
  request<ProcessSnapshot>("GET", `/agents/${id}/processes`, { signal, query: { atMs } });
export const readNotices = (id: string, signal: Signal) =>
  request<NoticeList>("GET", `/agents/${id}/notices`, { signal });
export const createEnrolmentToken = (body: NewEnrolmentToken) =>
  request<EnrolmentToken>("POST", "/enrolment-tokens", { body });
export const readEnrolmentTokens = (signal: Signal) =>
  request<EnrolmentTokenList>("GET", "/enrolment-tokens", { signal });
export const removeEnrolmentToken = (id: string) =>
  request<undefined>("DELETE", `/enrolment-tokens/${id}`);

export interface Range {
  readonly agent: string;
  readonly metric: readonly string[];
  /** Unix seconds, from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
  readonly points: number;
}
export const readRange = (range: Range, signal: Signal) =>
  request<RangeResult>("GET", "/query/range", { signal, query: { ...range } });

export const readRuns = (
  query: { cursor?: string; limit?: number; profile?: string | undefined },
  signal: Signal,
) => request<RunList>("GET", "/runs", { signal, query });
export const readRun = (id: string, signal: Signal) =>
  request<Run>("GET", `/runs/${id}`, { signal });
export const startRun = (body: NewRun) => request<Run>("POST", "/runs", { body });
/** One request from the first agent; the whole exchange comes back, nothing is stored. */
export const tryRun = (body: NewRun) => request<TriedExchange>("POST", "/runs/try", { body });
export const renameRun = (id: string, body: RunEdit) =>
  request<Run>("PATCH", `/runs/${id}`, { body });
export const readRunHosts = (id: string, signal: Signal) =>
  request<RunHosts>("GET", `/runs/${id}/hosts`, { signal });
export const cancelRun = (id: string) => request<Run>("POST", `/runs/${id}/cancel`);
/** All agents merged, or the part of one. */
export const readTimeline = (id: string, agent: string | undefined, signal: Signal) =>
  request<RunTimeline>("GET", `/runs/${id}/timeline`, { signal, query: { agent } });
export const readSpectrum = (id: string, agent: string | undefined, signal: Signal) =>
  request<RunSpectrum>("GET", `/runs/${id}/spectrum`, { signal, query: { agent } });

export const readComparison = (query: Query, signal: Signal) =>
  request<Comparison>("GET", "/compare", { signal, query });
export const readComparedHosts = (query: Query, signal: Signal) =>
  request<HostComparison>("GET", "/compare/hosts", { signal, query });
export const readBoard = (query: Query, signal: Signal) =>
  request<Board>("GET", "/board", { signal, query });
export const readHistory = (profile: string, query: Query, signal: Signal) =>
  request<History>("GET", `/profiles/${profile}/history`, { signal, query });
export const readProfile = (id: string, signal: Signal) =>
  request<Profile>("GET", `/profiles/${id}`, { signal });
export const readProfiles = (signal: Signal) =>
  request<ProfileList>("GET", "/profiles", { signal });

export const readStatus = (signal: Signal) => request<Status>("GET", "/status", { signal });
export const readRejections = (signal: Signal) =>
  request<RejectionList>("GET", "/rejections", { signal });
export const readTokens = (signal: Signal) => request<TokenList>("GET", "/tokens", { signal });
export const createToken = (body: NewToken) => request<CreatedToken>("POST", "/tokens", { body });
export const removeToken = (id: string) => request<undefined>("DELETE", `/tokens/${id}`);
export const readWebhooks = (signal: Signal) =>
  request<WebhookList>("GET", "/webhooks", { signal });
export const createWebhook = (body: NewWebhook) =>
  request<CreatedWebhook>("POST", "/webhooks", { body });
export const removeWebhook = (id: string) => request<undefined>("DELETE", `/webhooks/${id}`);
export const testWebhook = (id: string) => request<WebhookTest>("POST", `/webhooks/${id}/test`);
