// The UI is tested against a mock, so the mock must keep to the contract.
import {
  AgentList,
  Board,
  Calendar,
  Campaign,
  CampaignList,
  Comparison,
  Detectable,
  EnrolmentTokenList,
  Fleet,
  History,
  HostComparison,
  InventoryRecord,
  LedgerPage,
  NoticeList,
  ProcessSnapshot,
  Profile,
  ProfileDraft,
  ProfileList,
  RangeResult,
  RejectionList,
  RevisionList,
  Run,
  RunHosts,
  RunList,
  RunSpectrum,
  RunTimeline,
  ScheduleList,
  Session,
  SharingOverview,
  SharingPreview,
  Status,
  TokenList,
  WebhookList,
  parser,
  readReport,
} from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { campaignIds } from "./mock/campaigns.ts";
import { machineList } from "./mock/profile-runs.ts";
import { startMockHub, type MockHub } from "./mock-hub.ts";

let hub: MockHub;
const ids = { agent: "", run: "" };

beforeAll(async () => {
  hub = await startMockHub({ hosts: 8, open: true });
  ids.agent = parser(AgentList, "agents")(await read("/agents")).items[0]?.id ?? "";
  ids.run = parser(RunList, "runs")(await read("/runs")).items[0]?.id ?? "";
});
afterAll(() => hub.stop());

async function read(path: string): Promise<unknown> {
  const response = await fetch(`${hub.url}/api/v1${path}`);
  expect(response.status).toBe(200);
  return response.json();
}

type Schema = Parameters<typeof parser>[0];
const answers: readonly (readonly [name: string, schema: Schema, path: () => string])[] = [
  ["session", Session, () => "/session"],
  ["fleet", Fleet, () => "/fleet"],
  ["inventory", InventoryRecord, () => `/agents/${ids.agent}/inventory`],
  ["processes", ProcessSnapshot, () => `/agents/${ids.agent}/processes`],
  ["notices", NoticeList, () => `/agents/${ids.agent}/notices`],
  [
    "raw range",
    RangeResult,
    () => `/query/range?agent=${ids.agent}&metric=system.cpu.time&from=1000&to=1060&points=60`,
  ],
  [
    "rolled-up range",
    RangeResult,
    () =>
      `/query/range?agent=${ids.agent}&metric=system.cpu.utilization&from=0&to=86400&points=480`,
  ],
  ["run", Run, () => `/runs/${ids.run}`],
  ["timeline", RunTimeline, () => `/runs/${ids.run}/timeline`],
  ["spectrum", RunSpectrum, () => `/runs/${ids.run}/spectrum`],
  ["hosts of a run", RunHosts, () => `/runs/${ids.run}/hosts`],
  ["comparison", Comparison, () => `/compare?campaign=${machineList.campaign}`],
  ["hosts compared", HostComparison, () => `/compare/hosts?campaign=${machineList.campaign}`],
  ["board", Board, () => "/board?figure=p99"],
  ["profiles", ProfileList, () => "/profiles"],
  ["profile", Profile, () => `/profiles/${machineList.id}`],
  ["revisions", RevisionList, () => `/profiles/${machineList.id}/revisions`],
  ["one revision", Profile, () => `/profiles/${machineList.id}/revisions/1`],
  ["archived profiles", ProfileList, () => "/profiles?archived=true"],
  ["run as a profile", ProfileDraft, () => `/runs/${ids.run}/profile`],
  ["what can be found", Detectable, () => `/profiles/${machineList.id}/detectable?runsEach=8`],
  ["campaigns", CampaignList, () => `/campaigns?profile=${machineList.id}`],
  ["comparison that has ended", Campaign, () => `/campaigns/${campaignIds.judged}`],
  ["campaign under way", Campaign, () => `/campaigns/${campaignIds.underway}`],
  ["schedules", ScheduleList, () => "/schedules"],
  ["calendar", Calendar, () => "/calendar?fromMs=1793500000000&untilMs=1796500000000"],
  ["history", History, () => `/profiles/${machineList.id}/history`],
  ["webhooks", WebhookList, () => "/webhooks"],
  ["sharing", SharingOverview, () => "/sharing"],
  ["previewed reports", SharingPreview, () => "/sharing/preview"],
  ["ledger", LedgerPage, () => "/sharing/ledger?limit=20"],
  ["status", Status, () => "/status"],
  ["rejections", RejectionList, () => "/rejections"],
  ["enrolment tokens", EnrolmentTokenList, () => "/enrolment-tokens"],
  ["tokens", TokenList, () => "/tokens"],
];

test.each(answers)("the mock's %s is what proto says", async (name, schema, path) => {
  const answer = await read(path());
  expect(() => parser(schema, name)(answer)).not.toThrow();
});

test("the mock's reports are ones a receiver takes: in their catalogue's words, canonical", async () => {
  const { reports } = parser(SharingPreview, "preview")(await read("/sharing/preview"));
  expect(reports.length).toBeGreaterThan(10);
  for (const { text } of reports) expect(readReport(text)).toEqual(JSON.parse(text));
});
