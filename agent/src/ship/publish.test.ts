import { type AgentId, type RunId, newId } from "@tidemark/proto";
import { expect, test } from "vitest";
import { readAcknowledgement } from "./publish.ts";
import { finalTopic, intervalTopic, subjectOf } from "./topic.ts";

test.each([
  ['{"stream":"METRICS","seq":7}', { kind: "acked", duplicate: false }],
  ['{"stream":"METRICS","seq":7,"duplicate":true}', { kind: "acked", duplicate: true }],
  [
    '{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"},"stream":"METRICS","seq":0}',
    { kind: "refused", reason: "maximum bytes exceeded (10077)" },
  ],
  [
    '{"error":{"code":400,"err_code":10054,"description":"message size exceeds maximum allowed"}}',
    { kind: "unsendable", reason: "message size exceeds maximum allowed (10054)" },
  ],
  ['{"error":null}', { kind: "refused", reason: "no reason" }],
  ["{}", { kind: "unanswered", reason: "the reply is no JetStream acknowledgement" }],
  ["null", { kind: "unanswered", reason: "the reply is no JetStream acknowledgement" }],
  ["", { kind: "unanswered", reason: "the reply is no JetStream acknowledgement" }],
])("reads %s", (text, outcome) => {
  expect(readAcknowledgement(Buffer.from(text))).toEqual(outcome);
});

test("a topic names its subject, and nothing else does", () => {
  const agent = newId<AgentId>();
  const run = newId<RunId>();
  expect(subjectOf(agent, "metrics")).toBe(`v1.metrics.${agent}`);
  expect(subjectOf(agent, intervalTopic(run))).toBe(`v1.results.${agent}.run.${run}.interval`);
  expect(subjectOf(agent, finalTopic(run))).toBe(`v1.results.${agent}.run.${run}.final`);
  for (const topic of [
    "",
    "tasks",
    "run",
    `run.${run}`,
    `run.${run}.x`,
    `run.${run}.final.x`,
    "run.x.final",
  ])
    expect(subjectOf(agent, topic)).toBeUndefined();
});
