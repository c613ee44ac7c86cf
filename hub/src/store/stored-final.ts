// What is stored of an agent's final: all of it but the histograms, which have rows of their own, and the percentiles that
// lists show. Finals of earlier versions are filled up to today's shape when they are read.
import { Type, type Static } from "typebox";
import { Counts, LatencySummary, RunFinal, parser, requestErrors } from "@tidemark/proto";

export const Latencies = Type.Object(
  { response: LatencySummary, service: LatencySummary, lateness: LatencySummary },
  { additionalProperties: false },
);
export type Latencies = Static<typeof Latencies>;

const { histograms: _histograms, ...finalProperties } = RunFinal.properties;
const StoredFinal = Type.Object(
  { ...finalProperties, latency: Latencies },
  { additionalProperties: false },
);
export type StoredFinal = Static<typeof StoredFinal>;

/** What is kept of an agent's part that ended without a final: the sum of the intervals that arrived. */
const Interim = Type.Object(
  {
    counts: Counts,
    unsent: Type.Integer({ minimum: 0 }),
    inFlight: Type.Integer({ minimum: 0 }),
    /** Ms of the intervals together. */
    elapsedMs: Type.Number({ minimum: 0 }),
    latency: Latencies,
  },
  { additionalProperties: false },
);
export type Interim = Static<typeof Interim>;

const parseFinal = parser(StoredFinal, "stored final");
const parseInterim = parser(Interim, "stored interim result");
const parseLatencies = parser(Latencies, "stored latencies");

/** Version 0.1's final: before several agents, other drivers and expectations. */
const EarlierFinal = Type.Object({
  counts: Type.Object({
    statuses: Type.Record(Type.String(), Type.Number()),
    errors: Type.Record(Type.String(), Type.Number()),
  }),
  generator: Type.Object({}),
});
const parseEarlier = parser(EarlierFinal, "stored final");

export function finalOf(json: string): StoredFinal {
  const earlier = parseEarlier(JSON.parse(json));
  const { counts, generator } = earlier;
  const noErrors = Object.fromEntries(requestErrors.map((error) => [error, 0]));
  return parseFinal({
    source: { generator: "tidemark", version: "", exact: true, relativeErrorMax: null },
    remarks: [],
    ...earlier,
    counts: {
      unexpected: failedStatuses(counts.statuses),
      ...counts,
      errors: { ...noErrors, ...counts.errors },
    },
    generator: { hostCpu: null, hostSteal: null, hostCpuPressure: null, ...generator },
  });
}

/** What nobody expected before a plan could say what it expects. */
function failedStatuses(statuses: Readonly<Record<string, number>>): number {
  return Object.entries(statuses).reduce(
    (sum, [status, count]) => (Number(status) >= 400 ? sum + count : sum),
    0,
  );
}

export const interimOf = (json: string): Interim => parseInterim(JSON.parse(json));
export const latenciesOf = (json: string): Latencies => parseLatencies(JSON.parse(json));
