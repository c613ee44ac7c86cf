// The mock's runs: what is read of them, and how new ones are started, tried and cancelled.
import type { ServerResponse } from "node:http";
import { parseSelector, type Agent, type NewRun, type Run, type RunEdit } from "@tidemark/proto";
import { json, problem } from "./answers.ts";
import { runHostsOf } from "./evidence.ts";
import { profileRuns } from "./profile-runs.ts";
import { spectrumOf } from "./run-latencies.ts";
import { addSecond, beginRun, endRun, newMockRun, type MockRun } from "./runs.ts";
import { endSearch, newSearch, searchStep } from "./search-run.ts";
import { seededRuns } from "./seeded-runs.ts";
import { triedOf } from "./tried.ts";

export interface RunDeskOptions {
  readonly agents: () => readonly Agent[];
  /** Sends an event to all streams of a path. */
  readonly tell: (path: string, event: string, value: unknown) => void;
}

export interface RunDesk {
  runs(): readonly Run[];
  rename(response: ServerResponse, id: string, edit: RunEdit): void;
  list(response: ServerResponse, query: URLSearchParams): void;
  read(response: ServerResponse, id: string, what: string | undefined, agent: string | null): void;
  start(response: ServerResponse, input: NewRun, user: string): void;
  tryOnce(response: ServerResponse, input: NewRun): void;
  cancel(response: ServerResponse, id: string, user: string): void;
  /** What is under way completes with its next second. */
  finish(): void;
  stop(): void;
}

const startDelayMs = 200;
/** What the mock's agents allow. */
const workersMax = 8;

export function openRunDesk({ agents, tell }: RunDeskOptions): RunDesk {
  const runs = new Map<string, MockRun>();
  const timers = new Set<NodeJS.Timeout>();
  const finishing = new Set<MockRun>();
  for (const mock of [...seededRuns(agents(), Date.now()), ...profileRuns(agents(), Date.now())])
    runs.set(mock.run.id, mock);

  const pathOf = (mock: MockRun) => `/runs/${mock.run.id}/live`;
  const missing = (response: ServerResponse, id: string) =>
    problem(response, "not-found", `there is no run ${id}`);

  /** Calls `step` every second until it says that the run has ended. */
  function follow(mock: MockRun, step: () => boolean): void {
    const timer = setInterval(() => {
      if (mock.run.state === "running" && !step()) return;
      clearInterval(timer);
      timers.delete(timer);
      tell(pathOf(mock), "run", mock.run);
    }, 1_000);
    timers.add(timer);
  }

  function begin(mock: MockRun): void {
    const startedAtMs = Date.now();
    beginRun(mock, startedAtMs);
    tell(pathOf(mock), "run", mock.run);
    if (mock.run.search !== null)
      return follow(mock, () => {
        const step = searchStep(mock, Date.now());
        if (step === undefined) endSearch(mock, Date.now());
        else runs.set(step.run.id, step);
        tell(pathOf(mock), "run", mock.run);
        return step === undefined;
      });
    follow(mock, () => {
      tell(pathOf(mock), "interval", addSecond(mock, startedAtMs));
      const seconds = mock.timeline.times.length;
      if (seconds < mock.run.durationSeconds && !finishing.has(mock)) return false;
      endRun(mock, "completed", startedAtMs + seconds * 1_000);
      return true;
    });
  }

  /** Whom a request means; undefined when the answer has been that it cannot be. */
  function meant(response: ServerResponse, input: NewRun): readonly Agent[] | undefined {
    const chosen = input.selector === undefined ? byName(input) : bySelector(input.selector);
    const field = input.selector === undefined ? "/agents" : "/selector";
    if (chosen.length === 0) {
      problem(response, "not-found", "no agent is meant by this", field);
      return undefined;
    }
    const away = chosen.find(({ state }) => state !== "online");
    if (away) {
      problem(response, "agent-offline", `agent ${away.name} is ${away.state}`, field);
      return undefined;
    }
    if (/127\.0\.0\.1|localhost/.test(input.target)) return chosen;
    problem(
      response,
      "agent-refused",
      "the agent's policy does not allow this target; it allows only the host itself",
      "/target",
    );
    return undefined;
  }
  function byName(input: NewRun): readonly Agent[] {
    const ids = input.agents ?? (input.agent === undefined ? [] : [input.agent]);
    return agents().filter(({ id }) => ids.includes(id));
  }
  function bySelector(text: string): readonly Agent[] {
    const selector = parseSelector(text);
    return selector.kind === "faulty"
      ? []
      : agents().filter(({ state, labels }) => state === "online" && selector.matches(labels));
  }

  return {
    runs: () => [...runs.values()].map(({ run }) => run),
    rename(response, id, { name }) {
      const mock = runs.get(id);
      if (!mock) return missing(response, id);
      mock.run = { ...mock.run, name };
      json(response, mock.run);
    },
    list(response, query) {
      const [profile, campaign] = [query.get("profile"), query.get("campaign")];
      const [agent, partOf] = [query.get("agent"), query.get("partOf")];
      const items = [...runs.values()]
        .map(({ run }) => run)
        .filter((run) => run.partOf === partOf)
        .filter((run) => agent === null || run.agents.some((each) => each.agent === agent))
        .filter((run) => profile === null || run.profile?.id === profile)
        .filter((run) => campaign === null || run.campaign === campaign)
        .toSorted((left, right) => right.createdAtMs - left.createdAtMs);
      json(response, { items, nextCursor: null });
    },
    read(response, id, what, agent) {
      const mock = runs.get(id);
      if (!mock) return missing(response, id);
      const part = agent === null ? mock : mock.parts.find((each) => each.agent.agent === agent);
      if (!part) return problem(response, "not-found", `agent ${agent} has no part in run ${id}`);
      if (what === undefined) return json(response, mock.run);
      if (what === "hosts") return json(response, runHostsOf(mock.run));
      if (what === "timeline") return json(response, part.timeline);
      if (what === "spectrum") return json(response, spectrumOf(part.histograms));
      problem(response, "not-found", `a run has no ${what}`);
    },
    start(response, input, user) {
      const chosen = meant(response, input);
      if (chosen === undefined) return;
      if ((input.workers ?? 1) > workersMax)
        return problem(
          response,
          "agent-refused",
          `the agent's policy allows ${workersMax} workers`,
          "/workers",
        );
      const make = input.pacing?.kind === "search" ? newSearch : newMockRun;
      const mock = make(input, chosen, user, Date.now());
      runs.set(mock.run.id, mock);
      json(response, mock.run, 201);
      const timer = setTimeout(() => begin(mock), startDelayMs);
      timers.add(timer);
    },
    tryOnce(response, input) {
      const chosen = meant(response, input);
      if (chosen !== undefined) json(response, triedOf(input));
    },
    cancel(response, id, user) {
      const mock = runs.get(id);
      if (!mock) return missing(response, id);
      endRun(mock, "cancelled", Date.now(), `cancelled by ${user}`);
      json(response, mock.run);
    },
    finish() {
      for (const mock of runs.values()) if (mock.run.state === "running") finishing.add(mock);
    },
    stop() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
