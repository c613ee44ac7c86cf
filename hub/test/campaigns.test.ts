import {
  type CampaignId,
  type NewCampaign,
  type Profile,
  type RunId,
  newId,
} from "@tidemark/proto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Campaigns } from "../src/campaigns/campaigns.ts";
import type { RunControl } from "../src/load/runs.ts";
import { derivedId } from "../src/state/derived-id.ts";
import type { Profiles } from "../src/state/profiles.ts";
import {
  type CampaignHub,
  carriesOut,
  endOf,
  handLeader,
  runsOf,
  startCampaignHub,
} from "./campaign-hub.ts";
import type { LoadAgent } from "./load-agent.ts";
import { until } from "./metrics-source.ts";

let hub: CampaignHub;
let runs: RunControl;
let agent: LoadAgent;
let campaigns: Campaigns;
const opened: Campaigns[] = [];
const open = async (change: Parameters<CampaignHub["campaigns"]>[1] = {}) => {
  const part = await hub.campaigns(runs, change);
  opened.push(part);
  return part;
};
const variants = [{ labels: { release: "3.5" } }, { labels: { release: "3.6" } }];
const by = { user: "ann" };

async function begin(profile: Profile, request: NewCampaign = {}, on = campaigns) {
  const outcome = await on.start(profile, request, by);
  if (outcome.kind === "refused") throw new Error(outcome.reason);
  return outcome.campaign;
}

beforeAll(async () => {
  hub = await startCampaignHub();
});
afterAll(() => hub?.stop());
beforeEach(async () => {
  agent = await hub.load.newAgent();
  runs = await hub.load.start();
});
afterEach(async () => {
  for (const part of opened.splice(0)) await part.stop();
  await runs.stop();
});

describe("a campaign", () => {
  test("runs every variant in rounds and says what came of each", async () => {
    carriesOut(agent);
    campaigns = await open();
    const profile = await hub.profile(agent, { variants, repeats: 2 });
    const { id, state, steps, expectedEndMs } = await begin(profile);
    expect(steps).toHaveLength(4);
    expect(["waiting", "running"]).toContain(state);
    const ended = await endOf(campaigns, id);
    expect(ended).toMatchObject({ state: "completed", cause: "", kind: "runs", createdBy: "ann" });
    expect(ended.steps.map(({ variant }) => variant["release"])).toEqual([
      "3.5",
      "3.6",
      "3.5",
      "3.6",
    ]);
    expect(ended.steps.map(({ state: of, validity }) => [of, validity])).toEqual(
      Array.from({ length: 4 }, () => ["completed", "valid"]),
    );
    expect(ended.steps.map(({ run }) => run)).toEqual(runsOf(agent));
    expect(ended.expectedEndMs).toBeGreaterThan(ended.startedAtMs!);
    expect(expectedEndMs === null || expectedEndMs === ended.expectedEndMs).toBe(true);
    const run = await runs.get(runsOf(agent)[1]!);
    expect(run).toMatchObject({
      name: `${profile.spec.name}: release=3.6`,
      campaign: id,
      variant: { release: "3.6" },
      profile: { id: profile.id, revision: 1, name: profile.spec.name },
    });
  });

  test("runs the revision that was asked for, and selected variants alone", async () => {
    carriesOut(agent);
    campaigns = await open();
    const first = await hub.profile(agent, { variants });
    const latest = await hub.profiles.revise(
      first.id as never,
      { revision: 1, spec: { ...first.spec, variants: [{ labels: { release: "4.0" } }] } },
      "bob",
    );
    const { id } = await begin(latest, { revision: 1, variants: "release=3.6", repeats: 1 });
    const ended = await endOf(campaigns, id);
    expect(ended.profile.revision).toBe(1);
    expect(ended.steps.map(({ variant }) => variant)).toEqual([{ release: "3.6" }]);
  });

  test.each([
    ["a selector that matches nothing", { variants: "release=9" }, "/variants", "invalid-request"],
    ["a selector that cannot be read", { variants: "" }, "/variants", "invalid-request"],
    ["a revision that is not there", { revision: 7 }, "/revision", "invalid-request"],
  ])("refuses %s", async (_what, request, field, code) => {
    campaigns = await open();
    const profile = await hub.profile(agent, { variants });
    expect(await campaigns.start(profile, request, by)).toMatchObject({
      kind: "refused",
      field,
      code,
    });
  });

  test("refuses an archived profile and more runs than are allowed", async () => {
    campaigns = await open();
    const many = Array.from({ length: 11 }, (_, at) => ({ labels: { release: `${at}` } }));
    const profile = await hub.profile(agent, { variants: many });
    expect(await campaigns.start(profile, { repeats: 100 }, by)).toMatchObject({
      kind: "refused",
      field: "/repeats",
      reason: expect.stringContaining("1100 runs, 1000 are allowed"),
    });
    await hub.profiles.archive(profile.id as never);
    const archived = (await hub.profiles.revision(profile.id as never))!;
    expect(await campaigns.start(archived, {}, by)).toMatchObject({
      kind: "refused",
      code: "conflict",
      reason: expect.stringContaining("is archived"),
    });
  });

  test("made twice under one id is made once", async () => {
    carriesOut(agent);
    campaigns = await open();
    const profile = await hub.profile(agent, { variants });
    const id = newId<CampaignId>();
    const first = await campaigns.start(profile, {}, { user: "schedule", id });
    await endOf(campaigns, id);
    const second = await campaigns.start(profile, { repeats: 9 }, { user: "schedule", id });
    expect(first.kind === "started" && second.kind === "started").toBe(true);
    expect(second).toMatchObject({ campaign: { id, state: "completed" } });
    expect(runsOf(agent)).toHaveLength(2);
  });

  test("that is stored is made, though it could not be begun at once", async () => {
    carriesOut(agent);
    let failures = 0;
    const revision: Profiles["revision"] = async (id, number) => {
      failures += 1;
      if (failures === 1) throw new Error("the broker is away");
      return await hub.profiles.revision(id, number);
    };
    campaigns = await open({ profiles: { revision } });
    const profile = await hub.profile(agent, { variants });
    const made = await campaigns.start(profile, {}, { user: "ann" });
    expect(made.kind).toBe("started");
    const ended = await endOf(campaigns, made.kind === "started" ? made.campaign.id : "");
    expect(ended.state).toBe("completed");
    expect(failures).toBeGreaterThan(1);
  });

  test("goes on after a run that failed, and gives up after three in a row", async () => {
    campaigns = await open();
    carriesOut(agent, (_, nth) => (nth === 2 ? {} : { state: "failed", cause: `broken ${nth}` }));
    const profile = await hub.profile(agent, { variants, repeats: 4 });
    const { id } = await begin(profile);
    const ended = await endOf(campaigns, id);
    expect(ended).toMatchObject({
      state: "failed",
      cause: "3 runs in a row did not complete; the last: broken 5",
    });
    expect(ended.steps.map(({ state }) => state)).toEqual([
      "failed",
      "completed",
      "failed",
      "failed",
      "failed",
      "skipped",
      "skipped",
      "skipped",
    ]);
  });

  test("notes an agent that is away as the step's failure, and goes on", async () => {
    campaigns = await open();
    const profile = await hub.profile(agent, { variants, repeats: 1 });
    carriesOut(agent);
    hub.load.away.add(agent.id);
    const { id } = await begin(profile);
    await until("the first step's failure", async () => {
      const [first] = (await campaigns.get(id as CampaignId))?.steps ?? [];
      return first?.state === "failed" ? true : undefined;
    });
    hub.load.away.delete(agent.id);
    const ended = await endOf(campaigns, id);
    expect(ended.steps[0]).toMatchObject({
      state: "failed",
      run: null,
      cause: expect.stringMatching(/^host-\d+ is offline$/),
    });
  });

  test("waits for an agent that a run by hand holds, and says so", async () => {
    campaigns = await open();
    const profile = await hub.profile(agent);
    carriesOut(agent, (_, nth) => (nth === 1 ? "endless" : {}));
    const held = await runs.create(
      { agent: agent.id, target: "http://127.0.0.1:2/", ratePerSecond: 1, durationSeconds: 60 },
      "bob",
    );
    if (held.kind !== "started") throw new Error(held.reason);
    const { id } = await begin(profile);
    await until("the reason it waits", async () => {
      const [step] = (await campaigns.get(id as CampaignId))?.steps ?? [];
      return step?.cause.startsWith(`waits: run ${held.run.id} is under way on`) || undefined;
    });
    await runs.cancel(held.run.id as RunId, "bob");
    const ended = await endOf(campaigns, id);
    expect(ended).toMatchObject({ state: "completed", steps: [{ state: "completed", cause: "" }] });
  });

  test("tries a busy agent again under another id, a bounded number of times", async () => {
    campaigns = await open({ limits: { attemptsMax: 3 } });
    const profile = await hub.profile(agent, { variants });
    const busy = { ok: false, code: "busy", reason: "another hub's run" } as const;
    let asked = 0;
    carriesOut(agent);
    const willing = agent.reply;
    agent.reply = (task) => {
      if (task.kind !== "run") return willing(task);
      asked += 1;
      return asked === 2 ? willing(task) : busy;
    };
    const { id } = await begin(profile);
    const ended = await endOf(campaigns, id);
    const first = derivedId<RunId>("run", id, "0");
    expect(ended.steps[0]).toMatchObject({
      state: "completed",
      run: derivedId<RunId>("run", first),
    });
    expect(ended.steps[1]).toMatchObject({ state: "failed", cause: "another hub's run" });
    expect(asked).toBe(2 + 3);
  });

  test("a cancel reaches the run under way; the rest is skipped", async () => {
    campaigns = await open();
    carriesOut(agent, (_, nth) => (nth === 2 ? "endless" : {}));
    const profile = await hub.profile(agent, { variants, repeats: 2 });
    const { id } = await begin(profile);
    await until("the second run", () => (runsOf(agent).length === 2 ? true : undefined));
    const cancelled = await campaigns.cancel(id as CampaignId, "bob");
    expect(cancelled).toMatchObject({ state: "cancelled", cause: "cancelled by bob" });
    expect(cancelled?.steps.map(({ state }) => state)).toEqual([
      "completed",
      "cancelled",
      "skipped",
      "skipped",
    ]);
    expect(await campaigns.cancel(id as CampaignId, "eve")).toMatchObject({
      cause: "cancelled by bob",
    });
    expect(await campaigns.cancel(newId<CampaignId>(), "eve")).toBeUndefined();
  });

  test("waits for the one before on the same agents, in the order they were made", async () => {
    campaigns = await open();
    carriesOut(agent, (_, nth) => (nth === 1 ? "endless" : {}));
    const others = [await hub.profile(agent), await hub.profile(agent)] as const;
    const first = await begin(await hub.profile(agent));
    const second = await begin(others[0]);
    const third = await begin(others[1]);
    await until("the first run", () => (runsOf(agent).length === 1 ? true : undefined));
    const waits = await until("the reason", async () => {
      const campaign = await campaigns.get(third.id as CampaignId);
      return campaign?.cause === "" ? undefined : campaign;
    });
    expect(waits).toMatchObject({
      state: "waiting",
      cause: `waits for campaign ${first.id} on the same agents or target`,
    });
    // One that waits ends without a run, and without waiting.
    expect(await campaigns.cancel(second.id as CampaignId, "bob")).toMatchObject({
      state: "cancelled",
      startedAtMs: null,
    });
    await campaigns.cancel(first.id as CampaignId, "bob");
    expect(await endOf(campaigns, third.id)).toMatchObject({ state: "completed" });
    expect(runsOf(agent)).toHaveLength(2);
  });

  test("pages through what there is, newest first", async () => {
    carriesOut(agent);
    campaigns = await open();
    const profile = await hub.profile(agent);
    const made: string[] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      const { id } = await begin(profile);
      made.unshift(id);
      await endOf(campaigns, id);
    }
    const query = { profile: profile.id, kind: "runs", limit: 2 } as const;
    const first = await campaigns.list(query);
    const second = await campaigns.list({ ...query, cursor: first.nextCursor! });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(made);
    expect(second.nextCursor).toBeNull();
    await expect(campaigns.list({ cursor: "1.2" })).rejects.toMatchObject({ field: "/cursor" });
  });
});

describe("a comparison", () => {
  const compare = async (change: object, spec: object = {}) => {
    const profile = await hub.profile(agent, { variants, ...spec });
    const request = { profile: profile.id, baseline: "release=3.5", candidate: "release=3.6" };
    return campaigns.compare(profile, { ...request, ...change }, by);
  };

  test("interleaves its sides and has verdicts when it has ended", async () => {
    carriesOut(agent);
    const asked: string[] = [];
    campaigns = await open({
      verdictsOf: async ({ id, steps }) => {
        asked.push(`${id} ${steps.filter(({ validity }) => validity === "valid").length}`);
        return [];
      },
    });
    const told: string[] = [];
    campaigns.onEnded(({ id, state }) => told.push(`${id} ${state}`));
    const outcome = await compare({ runsEach: 3, seed: 7 });
    if (outcome.kind === "refused") throw new Error(outcome.reason);
    const { id, comparison } = outcome.campaign;
    expect(comparison).toEqual({
      baseline: "release=3.5",
      candidate: "release=3.6",
      runsEach: 3,
      marginRatio: 0.05,
      seed: 7,
    });
    const ended = await endOf(campaigns, id);
    expect(ended.steps.map(({ side }) => side).join(" ")).toMatch(
      /^(baseline candidate candidate baseline|candidate baseline baseline candidate) (baseline candidate|candidate baseline)$/,
    );
    expect(asked).toContain(`${id} 6`);
    // Told once the end is stored, which is a little later than it is known here.
    expect(await until("the end told", () => told[0])).toBe(`${id} completed`);
  });

  test.each([
    ["the same variant on both sides", { candidate: "release" }, "/candidate", /on both sides/],
    ["a side that nothing matches", { baseline: "release=1" }, "/baseline", /no variant matches/],
    ["too many runs", { runsEach: 100 }, "/runsEach", /1200 runs, 1000 are allowed/],
  ])("refuses %s", async (_what, change, field, reason) => {
    campaigns = await open();
    const six = ["3.5", "3.6"].flatMap((release) =>
      ["1", "2", "3", "4", "5", "6"].map((dataset) => ({ labels: { release, dataset } })),
    );
    expect(await compare(change, { variants: six })).toMatchObject({
      kind: "refused",
      code: "invalid-request",
      field,
      reason: expect.stringMatching(reason),
    });
  });

  test("verdicts that cannot be computed do not keep it from ending, and come when it is read", async () => {
    carriesOut(agent);
    let failures = 3;
    campaigns = await open({
      async verdictsOf() {
        failures -= 1;
        if (failures >= 0) throw new Error("the database is away");
        return [];
      },
    });
    const outcome = await compare({ runsEach: 1 });
    if (outcome.kind === "refused") throw new Error(outcome.reason);
    const ended = await until("its end", async () => {
      const { items } = await campaigns.list({ limit: 1 });
      return items[0]?.state === "completed" ? items[0] : undefined;
    });
    expect(ended.cause).toMatch(/verdicts could not be computed/);
  });
});

describe("several hubs", () => {
  test("what one that does not lead stores is carried on, and cancelled, by the one that does", async () => {
    carriesOut(agent, (_, nth) => (nth === 2 ? "endless" : {}));
    const follower = await open({ leader: handLeader(false) });
    await open();
    const profile = await hub.profile(agent, { variants });
    const { id } = await begin(profile, {}, follower);
    await until("the second run", () => (runsOf(agent).length === 2 ? true : undefined));
    expect(await follower.cancel(id as CampaignId, "bob")).toMatchObject({ state: "cancelled" });
  });

  test("a new leader goes on where the old one stopped, and no step runs twice", async () => {
    carriesOut(agent, (_, nth) => (nth === 2 ? "endless" : {}));
    const [one, other] = [handLeader(true), handLeader(false)];
    const old = await open({ leader: one });
    const next = await open({ leader: other });
    const profile = await hub.profile(agent, { variants, repeats: 2 });
    const { id } = await begin(profile, {}, old);
    await until("the second run", () => (runsOf(agent).length === 2 ? true : undefined));
    one.set(false);
    other.set(true);
    const second = runsOf(agent)[1]!;
    await runs.cancel(second, "bob");
    const ended = await endOf(next, id);
    expect(ended.steps.map(({ state }) => state)).toEqual([
      "completed",
      "cancelled",
      "completed",
      "completed",
    ]);
    expect(runsOf(agent)).toEqual(ended.steps.map(({ run }) => run));
  });
});
