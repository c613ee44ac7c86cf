import { describe, expect, test } from "vitest";
import { type AgentId, type BootId, type RunId, newId } from "./ids.ts";
import {
  beatSubject,
  eventsSubject,
  inboxPrefix,
  messageId,
  metricsSubject,
  parseMessageId,
  parseSubject,
  permissionsOf,
  replySubject,
  runFinalSubject,
  runIntervalSubject,
  seriesSubject,
  streams,
  tasksSubject,
} from "./subjects.ts";

const agent = newId<AgentId>();
const other = newId<AgentId>();
const run = newId<RunId>();

/** NATS's own rule: `*` is one token, `>` is one or more at the end. */
function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split(".");
  const tokens = subject.split(".");
  for (const [at, token] of wanted.entries()) {
    if (token === ">") return tokens.length > at;
    if (tokens[at] === undefined || (token !== "*" && token !== tokens[at])) return false;
  }
  return tokens.length === wanted.length;
}
const may = (patterns: readonly string[], subject: string) =>
  patterns.some((pattern) => matches(pattern, subject));

const published = (id: AgentId) => [
  metricsSubject(id),
  seriesSubject(id),
  eventsSubject(id),
  beatSubject(id),
  runIntervalSubject(id, run),
  runFinalSubject(id, run),
  replySubject(id, "nonce"),
];

describe("permissions", () => {
  const { publish, subscribe } = permissionsOf(agent);

  test("an agent may publish all of its own subjects and none of another's", () => {
    for (const subject of published(agent)) expect(may(publish, subject)).toBe(true);
    for (const subject of published(other)) expect(may(publish, subject)).toBe(false);
  });

  test("an agent hears its own tasks and acknowledgements and nobody else's", () => {
    expect(may(subscribe, tasksSubject(agent, "run"))).toBe(true);
    expect(may(subscribe, `${inboxPrefix(agent)}.abc`)).toBe(true);
    expect(may(subscribe, tasksSubject(other, "run"))).toBe(false);
    expect(may(subscribe, `${inboxPrefix(other)}.abc`)).toBe(false);
    expect(may(subscribe, "_INBOX.abc")).toBe(false);
  });

  test.each(["$JS.API.STREAM.DELETE.METRICS", "$SYS.REQ.CLAIMS.UPDATE", "$KV.agents.x", "v1.beat"])(
    "an agent may neither publish nor hear %s",
    (subject) => {
      expect(may(publish, subject)).toBe(false);
      expect(may(subscribe, subject)).toBe(false);
    },
  );
});

describe("streams", () => {
  const keptBy = (subject: string) =>
    Object.values(streams)
      .filter((stream) => may(stream.subjects, subject))
      .map((stream) => stream.name);

  test.each([
    ["METRICS", metricsSubject(agent)],
    ["METRICS", seriesSubject(agent)],
    ["EVENTS", eventsSubject(agent)],
    ["RESULTS", runIntervalSubject(agent, run)],
    ["RESULTS", runFinalSubject(agent, run)],
  ])("%s keeps %s", (name, subject) => {
    expect(keptBy(subject)).toEqual([name]);
  });

  test("beats, tasks and replies are kept by none", () => {
    for (const subject of [
      beatSubject(agent),
      tasksSubject(agent, "run"),
      replySubject(agent, "nonce"),
    ])
      expect(keptBy(subject)).toEqual([]);
  });
});

describe("parseSubject", () => {
  test("reads back who published what", () => {
    expect(parseSubject(metricsSubject(agent))).toEqual({ kind: "metrics", agent });
    expect(parseSubject(seriesSubject(agent))).toEqual({ kind: "series", agent });
    expect(parseSubject(eventsSubject(agent))).toEqual({ kind: "events", agent });
    expect(parseSubject(beatSubject(agent))).toEqual({ kind: "beat", agent });
    expect(parseSubject(runIntervalSubject(agent, run))).toEqual({ kind: "interval", agent, run });
    expect(parseSubject(runFinalSubject(agent, run))).toEqual({ kind: "final", agent, run });
  });

  test.each([
    "",
    "v1",
    "v1.metrics",
    `v2.metrics.${agent}`,
    `v1.metrics.${agent}.more`,
    "v1.metrics.NOTANIDNOTANID12",
    "v1.metrics.*",
    `v1.tasks.${agent}.run`,
    replySubject(agent, "nonce"),
    `v1.results.${agent}.run.${run}`,
    `v1.results.${agent}.run.${run}.other`,
    `v1.results.${agent}.run.short.final`,
  ])("knows nobody behind %j", (subject) => {
    expect(parseSubject(subject)).toBeUndefined();
  });
});

describe("message ids", () => {
  const boot = newId<BootId>();

  test("come back as boot and sequence number", () => {
    expect(parseMessageId(messageId(agent, boot, 42), agent)).toEqual({ boot, seq: 42 });
  });

  test.each([
    ["another agent's", messageId(other, boot, 1)],
    ["empty", ""],
    ["without a number", `${agent}:${boot}:`],
    ["negative", `${agent}:${boot}:-1`],
    ["past exact integers", `${agent}:${boot}:1234567890123456`],
    ["followed by more", `${agent}:${boot}:1\n`],
  ])("that are %s are refused", (_, id) => {
    expect(parseMessageId(id, agent)).toBeUndefined();
  });
});
