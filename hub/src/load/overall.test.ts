import type { AgentId } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { assignmentOf } from "../../test/known-runs.ts";
import { hubTimeOf, overallOf } from "./overall.ts";

const nameOf = (agent: AgentId) => `name of ${agent}`;
const begun = { startFailure: "", cancelAskedAtMs: null };
const parts = (...states: string[]) =>
  states.map((text, index) => {
    const [state = "", cause = ""] = text.split(": ");
    return assignmentOf({
      agent: `agent${index}` as AgentId,
      state: state as "running",
      cause,
      endedAtMs: state === "pending" || state === "running" ? null : 100 + index,
    });
  });

test.each<[string, string[], object, string, string]>([
  ["all wait", ["pending", "pending"], {}, "pending", ""],
  ["one has begun", ["pending", "running"], {}, "running", ""],
  ["one has ended, one runs", ["failed: x", "running"], {}, "running", ""],
  ["one has ended, one waits", ["completed", "pending"], {}, "running", ""],
  ["all completed", ["completed", "completed"], {}, "completed", ""],
  ["one was lost, the others completed", ["completed", "failed: x"], {}, "completed", ""],
  ["one lapsed, the others completed", ["lease-lapsed: x", "completed"], {}, "completed", ""],
  ["the only one failed", ["failed: disk full"], {}, "failed", "disk full"],
  [
    "all were lost",
    ["failed: gone", "failed: gone too"],
    {},
    "failed",
    "name of agent0: gone (and 1 more)",
  ],
  ["none completed", ["lease-lapsed: a", "failed: b"], {}, "failed", "name of agent1: b"],
  ["no hub for anybody", ["lease-lapsed: no hub"], {}, "lease-lapsed", "no hub"],
  ["stopped by its own host", ["cancelled: stop file"], {}, "cancelled", "stop file"],
  [
    "cancelled by a user",
    ["cancelled: by ann", "cancelled: by ann"],
    { cancelAskedAtMs: 1 },
    "cancelled",
    "name of agent0: by ann (and 1 more)",
  ],
  [
    "cancelled while some had completed",
    ["completed", "cancelled: by ann"],
    { cancelAskedAtMs: 1 },
    "cancelled",
    "name of agent1: by ann",
  ],
  ["cancelled too late", ["completed", "completed"], { cancelAskedAtMs: 1 }, "completed", ""],
  [
    "cancelled, and one lost",
    ["cancelled: by ann", "failed: gone"],
    { cancelAskedAtMs: 1 },
    "cancelled",
    "name of agent0: by ann",
  ],
  [
    "one refused at the start",
    ["refused: policy", "cancelled: y"],
    { startFailure: "rack-1: policy" },
    "refused",
    "rack-1: policy",
  ],
  [
    "one was silent at the start, and ran all the same",
    ["failed: silent", "completed"],
    { startFailure: "rack-1: silent" },
    "failed",
    "rack-1: silent",
  ],
])("%s", (_, states, change, state, cause) => {
  expect(overallOf({ ...begun, ...change }, parts(...states), nameOf)).toMatchObject({
    state,
    cause,
  });
});

test("the run spans its agents' times by the hub's clock", () => {
  const ahead = { aheadMs: 1_000, uncertaintyMs: 1 };
  const times = { state: "completed" as const, startedAtMs: 5_000, endedAtMs: 9_000 };
  const late = assignmentOf({ ...times, startedAtMs: 5_100 });
  expect(overallOf(begun, [assignmentOf({ ...times, clock: ahead }), late], nameOf)).toMatchObject({
    startedAtMs: 4_000,
    endedAtMs: 9_000,
  });
  expect(hubTimeOf({ clock: undefined }, null)).toBeNull();
});

test("whatever becomes of its parts, an ended run has a state and a failed one a cause", () => {
  const ends = ["completed", "cancelled", "lease-lapsed", "failed", "refused"] as const;
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...ends), { minLength: 1, maxLength: 6 }),
      fc.option(fc.nat(), { nil: null }),
      (states, cancelAskedAtMs) => {
        const those = parts(...states.map((state) => `${state}: why`));
        const { state, cause, endedAtMs } = overallOf({ ...begun, cancelAskedAtMs }, those, nameOf);
        expect(ends).toContain(state);
        expect(cause === "").toBe(state === "completed");
        expect(endedAtMs).not.toBeNull();
      },
    ),
  );
});
