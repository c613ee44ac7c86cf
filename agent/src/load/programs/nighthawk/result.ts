// Nighthawk's result as JSON: protobuf's, with 64-bit numbers as strings and durations like "0.000195004s".
import { MessageRejected, parser } from "@tidemark/proto";
import { Type, type Static } from "typebox";
import { OutputRejected } from "../program.ts";
import { type Rebuilt, type Step, fromSteps } from "../output/weighted.ts";

const uint64 = Type.Union([Type.String({ pattern: "^\\d{1,16}$" }), Type.Integer({ minimum: 0 })]);
const duration = Type.String({ pattern: "^\\d{1,9}(\\.\\d{1,9})?s$" });

const Statistic = Type.Object({
  id: Type.String(),
  count: Type.Optional(uint64),
  percentiles: Type.Optional(
    Type.Array(
      Type.Object({
        count: Type.Optional(uint64),
        duration: Type.Optional(duration),
      }),
    ),
  ),
  min: Type.Optional(duration),
});
type Statistic = Static<typeof Statistic>;

const Result = Type.Object({
  name: Type.String(),
  statistics: Type.Array(Statistic),
  counters: Type.Array(Type.Object({ name: Type.String(), value: Type.Optional(uint64) })),
  execution_duration: Type.Optional(duration),
});

const Output = Type.Object({ results: Type.Array(Result) });

const check = parser(Output, "Nighthawk's result");

export interface NighthawkResult {
  readonly durationMs: number;
  /** 0 for a counter that it left out. */
  counter(name: string): number;
  /** The latencies of a statistic; empty when it holds none. */
  latencies(id: string): Rebuilt;
}

/** All workers together. Throws OutputRejected, which names the field. */
export function parseResult(stdout: string): NighthawkResult {
  const { results } = parseOutput(stdout);
  const index = results.findIndex(({ name }) => name === "global");
  const whole = results[index];
  if (whole === undefined)
    throw new OutputRejected('Nighthawk\'s result: results has none named "global"');
  const counters = new Map(whole.counters.map(({ name, value }) => [name, Number(value ?? 0)]));
  return {
    durationMs: micros(whole.execution_duration ?? "0s") / 1_000,
    counter: (name) => counters.get(name) ?? 0,
    latencies(id) {
      const at = whole.statistics.findIndex((statistic) => statistic.id === id);
      const statistic = whole.statistics[at];
      if (statistic === undefined) return fromSteps([], 0);
      return rebuilt(statistic, `/results/${index}/statistics/${at}`);
    },
  };
}

function parseOutput(stdout: string): Static<typeof Output> {
  try {
    return check(JSON.parse(stdout));
  } catch (cause) {
    if (cause instanceof MessageRejected) throw new OutputRejected(cause.message, { cause });
    if (cause instanceof SyntaxError)
      throw new OutputRejected(`Nighthawk's result is not JSON: ${cause.message.slice(0, 200)}`, {
        cause,
      });
    throw cause;
  }
}

/** Its percentiles hold cumulative counts: the differences are the values between one and the next. */
function rebuilt({ count, percentiles = [], min }: Statistic, at: string): Rebuilt {
  const steps: Step[] = [];
  let seen = 0;
  let last = 0;
  percentiles.forEach((percentile, index) => {
    const cumulative = Number(percentile.count ?? 0);
    if (percentile.duration === undefined)
      throw new OutputRejected(`Nighthawk's result: ${at}/percentiles/${index} has no duration`);
    const value = micros(percentile.duration);
    if (cumulative < seen || value < last)
      throw new OutputRejected(
        `Nighthawk's result: ${at}/percentiles/${index} is below the one before`,
      );
    steps.push({ micros: value, count: cumulative - seen });
    seen = cumulative;
    last = value;
  });
  const total = Number(count ?? 0);
  if (percentiles.length > 0 && seen !== total)
    throw new OutputRejected(
      `Nighthawk's result: ${at}/percentiles hold ${seen} values, its count says ${total}`,
    );
  return fromSteps(steps, min === undefined ? 0 : micros(min));
}

function micros(text: string): number {
  return Number(text.slice(0, -1)) * 1e6;
}
