import { type AgentId, type CampaignId, newId } from "@tidemark/proto";
import { expect, test } from "vitest";
import { behind } from "./queue.ts";

const [rack, other] = [newId<AgentId>(), newId<AgentId>()];
const campaign = (createdAtMs: number, change: object = {}) => ({
  id: newId<CampaignId>(),
  createdAtMs,
  agents: [rack],
  targets: ["http://127.0.0.1:1/a"],
  mayShare: false,
  isCarried: false,
  ...change,
});

test("waits for the first of those made before on the same agents or target", () => {
  const first = campaign(1);
  const second = campaign(2);
  const third = campaign(3, { agents: [other] });
  expect(behind(first, [third, second, first])).toBeUndefined();
  expect(behind(second, [third, second, first])).toBe(first);
  expect(behind(third, [third, second, first])).toBe(first);
  expect(behind(third, [third])).toBeUndefined();
});

test("any of several targets counts, however it is written", () => {
  const first = campaign(1, { agents: [other], targets: ["http://b:1/", "HTTP://C:80/x"] });
  const second = campaign(2, { targets: ["http://a/", "http://c/y"] });
  expect(behind(second, [first, second])).toBe(first);
});

test("what shares nothing, or may share, does not wait", () => {
  const apart = campaign(2, { agents: [other], targets: ["http://elsewhere/"] });
  expect(behind(apart, [campaign(1), apart])).toBeUndefined();
  const sharing = campaign(2, { mayShare: true });
  expect(behind(sharing, [campaign(1, { mayShare: true }), sharing])).toBeUndefined();
});

test("one that is under way is not overtaken by an earlier one that comes to light late", () => {
  const late = campaign(1);
  const underWay = campaign(2, { isCarried: true });
  expect(behind(late, [late, underWay])).toBe(underWay);
});
