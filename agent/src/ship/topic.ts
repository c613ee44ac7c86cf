// What an outbox record is about, as kept on disk: the subject without the agent, so that records outlive a new enrolment.
import {
  type AgentId,
  type RunId,
  eventsSubject,
  isRunId,
  metricsSubject,
  runFinalSubject,
  runIntervalSubject,
  seriesSubject,
} from "@tidemark/proto";

export const metricsTopic = "metrics";
export const seriesTopic = "series";
export const eventsTopic = "events";
export const intervalTopic = (run: RunId) => `run.${run}.interval`;
export const finalTopic = (run: RunId) => `run.${run}.final`;

/** The subject `agent` publishes a topic to; `undefined` for a topic this version does not know. */
export function subjectOf(agent: AgentId, topic: string): string | undefined {
  switch (topic) {
    case metricsTopic:
      return metricsSubject(agent);
    case seriesTopic:
      return seriesSubject(agent);
    case eventsTopic:
      return eventsSubject(agent);
    default: {
      const [kind, run, what, ...rest] = topic.split(".");
      if (kind !== "run" || run === undefined || !isRunId(run) || rest.length > 0) return undefined;
      if (what === "interval") return runIntervalSubject(agent, run);
      return what === "final" ? runFinalSubject(agent, run) : undefined;
    }
  }
}
