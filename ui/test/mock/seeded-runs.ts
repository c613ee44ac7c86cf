// The mock's load tests of the past, each with an id that tests can work out from its name.
import type { Agent, NewRun, RunTimeline, Source } from "@tidemark/proto";
import { idOf } from "./fleet.ts";
import { emptySummary } from "./run-latencies.ts";
import { addSecond, beginRun, endPart, endRun, newMockRun, type MockRun } from "./runs.ts";
import { endSearch, newSearch, searchStep } from "./search-run.ts";

/**
 * A sound run, a spoiled one, one that got no answer, one of a single second; runs of three agents, whole and degraded; a
 * closed loop, one of an installed program, and a search with its steps.
 */
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
    finishedRun(
      { ...sound, name: "morning peak", preset: "stress" },
      agents.slice(0, 3),
      nowMs - 8e6,
      "fleet",
    ),
    degradedRun({ ...sound, name: "", connections: 48 }, agents.slice(0, 3), nowMs - 9e6),
    finishedRun(
      {
        name: "checkout, closed",
        target: "http://127.0.0.1:8080/checkout",
        connections: 16,
        pacing: { kind: "closed", clients: 16, thinkMs: 5 },
        durationSeconds: 20,
      },
      [first],
      nowMs - 1e7,
      "closed",
    ),
    byProgram(
      finishedRun(
        { ...sound, name: "", driver: "wrk2", target: "https://127.0.0.1:8443/" },
        [second],
        nowMs - 1.1e7,
        "wrk2",
      ),
    ),
    ...seededSearch(first, nowMs - 1.2e7),
  ];
}

/** A run that went from start to end in the past; its latencies are `speed` times the usual ones. */
export function finishedRun(
  input: NewRun,
  agents: readonly Agent[],
  startedAtMs: number,
  name: string,
  speed = 1,
): MockRun {
  const mock = newMockRun(input, agents, "admin", startedAtMs - 400, idOf(name), speed);
  const { durationSeconds } = mock.run;
  beginRun(mock, startedAtMs);
  for (let second = 0; second < durationSeconds; second += 1) addSecond(mock, startedAtMs);
  endRun(mock, "completed", startedAtMs + durationSeconds * 1_000);
  return mock;
}

/** One agent's lease lapsed midway; the others went on. */
function degradedRun(input: NewRun, agents: readonly Agent[], startedAtMs: number): MockRun {
  const mock = newMockRun(input, agents, "admin", startedAtMs - 400, idOf("degraded"));
  const { durationSeconds } = mock.run;
  const lostAt = 23;
  beginRun(mock, startedAtMs);
  for (let second = 0; second < durationSeconds; second += 1) {
    const lost = mock.parts[1];
    if (second === lostAt && lost)
      endPart(lost, "lease-lapsed", startedAtMs + lostAt * 1_000, "the hub was not heard for 10 s");
    addSecond(mock, startedAtMs);
  }
  endRun(mock, "completed", startedAtMs + durationSeconds * 1_000);
  const name = agents[1]?.name ?? "";
  const detail = `${name} ended after ${lostAt} s of ${durationSeconds} s: the hub was not heard for 10 s`;
  mock.run = { ...mock.run, spoiled: [{ code: "agents-lost", detail }] };
  return mock;
}

/** The run as an installed program tells it. */
function byProgram(mock: MockRun): MockRun {
  const source: Source = {
    generator: "wrk2",
    version: "4.0.0",
    exact: false,
    relativeErrorMax: 0.004,
  };
  const remarks = ["the server's certificate was not checked: wrk2 checks none"];
  const agents = mock.run.agents.map((agent) => ({ ...agent, source, remarks }));
  return { ...mock, run: { ...mock.run, agents, remarks } };
}

function seededSearch(agent: Agent, startedAtMs: number): readonly MockRun[] {
  const input: NewRun = {
    name: "how much",
    target: "http://127.0.0.1:8080/",
    preset: "capacity",
  };
  const mock = newSearch(input, [agent], "admin", startedAtMs - 400, idOf("capacity"));
  const steps: MockRun[] = [];
  beginRun(mock, startedAtMs);
  let atMs = startedAtMs;
  for (let step = searchStep(mock, atMs); step !== undefined; step = searchStep(mock, atMs)) {
    steps.push(step);
    atMs += 12_000;
  }
  endSearch(mock, atMs);
  return [mock, ...steps];
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
