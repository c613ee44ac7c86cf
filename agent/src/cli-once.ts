// `tidemark-agent once`: what this host looks like to the agent, now.
import type { Series } from "@tidemark/proto";
import type { AgentConfig } from "./agent-config.ts";
import { enabledCollectors, hostOf } from "./collection.ts";
import { takeSnapshot } from "./sampler/once.ts";

const betweenMs = 1_000;

export async function printOnce(
  config: AgentConfig,
  asJson: boolean,
  print: (text: string) => void,
): Promise<void> {
  const notices: string[] = [];
  const { series, values, events } = await takeSnapshot({
    collectors: enabledCollectors(config.collectors),
    host: hostOf(config, () => ({
      hubOffsetMs: undefined,
      outboxes: [],
      tasksRefused: {},
      loadStarted: {},
    })),
    notice: (code, detail) => notices.push(`${code}: ${detail}`),
    between: () => new Promise((resolve) => setTimeout(resolve, betweenMs)),
  });
  if (asJson) {
    const readings = series.flatMap((one, index) => {
      const value = values[index] ?? Number.NaN;
      return Number.isNaN(value) ? [] : [{ ...one, value }];
    });
    print(JSON.stringify({ readings, events, notices }));
    return;
  }
  const lines = series.flatMap((one, index) => {
    const value = values[index] ?? Number.NaN;
    return Number.isNaN(value)
      ? []
      : [`${nameOf(one)} ${value.toFixed(one.decimals)} ${unitOf(one)}`];
  });
  print([...lines, ...notices.map((notice) => `# ${notice}`)].join("\n"));
}

function nameOf(series: Series): string {
  const labels = Object.entries(series.labels).map(
    ([key, value]) => `${key}=${JSON.stringify(value)}`,
  );
  return labels.length === 0 ? series.metric : `${series.metric}{${labels.join(",")}}`;
}

const unitOf = (series: Series) => (series.kind === "rate" ? `${series.unit}/s` : series.unit);
