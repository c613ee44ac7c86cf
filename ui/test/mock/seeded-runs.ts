// The mock's load tests of the past, each with an id that tests can work out from its name.
import type { Agent, NewRun, RunTimeline } from "@tidemark/proto";
import { idOf } from "./fleet.ts";
import { emptySummary } from "./run-latencies.ts";
import { addSecond, beginRun, endRun, newMockRun, type MockRun } from "./runs.ts";

/** A sound run, a spoiled one, one that got no answer, one of a single second. */
export function seededRuns(agents: readonly Agent[], nowMs: number): readonly MockRun[] {
  const [first, second] = agents;
  if (first === undefined || second === undefined) return [];
  const sound: NewRun = {
    name: "baseline",
    target: "http://127.0.0.1:8080/",
    ratePerSecond: 800,
    connections: 16,
    durationSeconds: 60,
  };
  const spoiled = {
    ...sound,
    name: "",
    target: "http://127.0.0.1:8080/slow",
    ratePerSecond: 1_200,
    durationSeconds: 45,
  };
  return [
    finishedRun(sound, [first], nowMs - 900_000, "baseline"),
    finishedRun(spoiled, [second], nowMs - 5_400_000, "slow"),
    failed(finishedRun({ ...sound, durationSeconds: 5 }, [first], nowMs - 6e6, "failed")),
    finishedRun({ ...sound, durationSeconds: 1 }, [first], nowMs - 7e6, "short"),
  ];
}

/** A run that went from start to end in the past. */
export function finishedRun(
  input: NewRun,
  agents: readonly Agent[],
  startedAtMs: number,
  name: string,
): MockRun {
  const mock = newMockRun(input, agents, "admin", startedAtMs - 400, idOf(name));
  const { durationSeconds } = mock.run;
  beginRun(mock, startedAtMs);
  for (let second = 0; second < durationSeconds; second += 1) addSecond(mock, startedAtMs);
  endRun(mock, "completed", startedAtMs + durationSeconds * 1_000);
  return mock;
}

/** The run as if nothing had listened at its target. */
function failed(mock: MockRun): MockRun {
  const { counts } = mock.run;
  const unanswered = {
    ...counts,
    completed: 0,
    statuses: {},
    errors: { ...counts.errors, refused: counts.due },
  };
  const detail = "none of the requests was answered";
  return {
    ...mock,
    run: {
      ...mock.run,
      counts: unanswered,
      response: emptySummary,
      service: emptySummary,
      spoiled: [{ code: "all-errors", detail }],
    },
    timeline: unansweredTimeline(mock.timeline),
  };
}

function unansweredTimeline(timeline: RunTimeline): RunTimeline {
  return {
    ...timeline,
    completed: timeline.completed.map(() => 0),
    errors: timeline.due,
    response: noLatencies(timeline.response),
    service: noLatencies(timeline.service),
  };
}

function noLatencies<T extends Record<string, (number | null)[]>>(latencies: T): T {
  return Object.fromEntries(
    Object.entries(latencies).map(([name, values]) => [name, values.map(() => null)]),
  ) as T;
}
