// A hub that is killed in the middle of a campaign, at every point where something has just been stored or is about to be: the next
// hub carries the campaign to its end, and no step is run twice.
import type { NewCampaign, RunId } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunControl } from "../src/load/runs.ts";
import { type CampaignStore, openCampaignStore } from "../src/store/campaigns.ts";
import { type CampaignHub, carriesOut, endOf, runsOf, startCampaignHub } from "./campaign-hub.ts";

let hub: CampaignHub;
beforeAll(async () => {
  hub = await startCampaignHub();
});
afterAll(() => hub?.stop());

const never = new Promise<never>(() => undefined);
const request: NewCampaign = { repeats: 1 };
/** made, begun, and of each of two runs: to be started, under way, ended, judged; then the end. */
const savesOfTwoRuns = 11;

/** A store that dies with its program around its n-th save. */
function mortalStore(saves: number, isKeptLast: boolean) {
  const store = openCampaignStore(hub.load.opened.database, Date.now);
  let left = saves;
  const death = Promise.withResolvers<void>();
  const mortal: CampaignStore = {
    ...store,
    async save(campaign) {
      left -= 1;
      if (left < 0) return await never;
      if (left > 0 || isKeptLast) await store.save(campaign);
      if (left > 0) return;
      death.resolve();
      return await never;
    },
  };
  return { store: mortal, died: death.promise };
}

/** What a dead program calls reaches nobody. */
function mortalRuns(runs: RunControl, died: Promise<void>): RunControl {
  let lives = true;
  void died.then(() => {
    lives = false;
  });
  return {
    ...runs,
    create: async (...args) => (lives ? runs.create(...args) : never),
    ended: async (id: RunId) => {
      const run = await runs.ended(id);
      return lives ? run : never;
    },
  };
}

const points = Array.from({ length: savesOfTwoRuns - 1 }, (_, at) => [
  { saves: at + 2, isKeptLast: false, when: "before" },
  { saves: at + 2, isKeptLast: true, when: "after" },
]).flat();

test.each(points)(
  "killed $when save $saves of a campaign of two runs",
  async ({ saves, isKeptLast }) => {
    const agent = await hub.load.newAgent();
    carriesOut(agent);
    const profile = await hub.profile(agent, {
      variants: [{ labels: { release: "3.5" } }, { labels: { release: "3.6" } }],
    });
    const { store, died } = mortalStore(saves, isKeptLast);
    const first = await hub.load.start();
    const doomed = await hub.campaigns(mortalRuns(first, died), { store });
    const outcome = await doomed.start(profile, request, { user: "ann" });
    if (outcome.kind === "refused") throw new Error(outcome.reason);
    const { id } = outcome.campaign;
    await died;
    // Nothing of the dead program is waited for; only what a process leaves behind is cleared away.
    const buried = doomed.stop();
    await first.stop();

    const second = await hub.load.start();
    const next = await hub.campaigns(second);
    const campaign = await endOf(next, id);
    expect(campaign).toMatchObject({ state: "completed", cause: "" });
    expect(campaign.steps.map(({ state }) => state)).toEqual(["completed", "completed"]);
    expect(runsOf(agent)).toEqual(campaign.steps.map(({ run }) => run));
    expect((await second.list({ campaign: id })).items).toHaveLength(2);
    await next.stop();
    await second.stop();
    void buried;
  },
);
