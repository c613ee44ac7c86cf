// fortio's own result. Its fields come and go with its versions, so only what is needed is looked at.
import { MessageRejected, parser } from "@tidemark/proto";
import { Type, type Static } from "typebox";
import { OutputRejected } from "../program.ts";
import { type Rebuilt, fromSteps } from "../output/weighted.ts";

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const seconds = Type.Number({ minimum: 0, maximum: 1e9 });

const FortioHistogram = Type.Object({
  Count: count,
  Min: seconds,
  Max: seconds,
  Data: Type.Union([
    Type.Array(Type.Object({ Start: seconds, End: seconds, Count: count })),
    Type.Null(),
  ]),
});

const FortioResult = Type.Object({
  StartTime: Type.String({ maxLength: 64 }),
  /** ns */
  ActualDuration: Type.Number({ minimum: 0 }),
  NumThreads: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  DurationHistogram: FortioHistogram,
  ErrorsDurationHistogram: Type.Optional(FortioHistogram),
  RetCodes: Type.Record(Type.String(), count),
  SocketCount: Type.Optional(Type.Number()),
  /** Bytes of the responses, as a histogram. */
  Sizes: Type.Optional(Type.Object({ Sum: Type.Number({ minimum: 0 }) })),
  BytesSent: Type.Optional(count),
  BytesReceived: Type.Optional(count),
});
export type FortioResult = Static<typeof FortioResult>;

const check = parser(FortioResult, "fortio's result");

/** Throws OutputRejected, which names the field. */
export function parseResult(stdout: string): FortioResult {
  try {
    return check(JSON.parse(stdout));
  } catch (cause) {
    if (cause instanceof MessageRejected) throw new OutputRejected(cause.message, { cause });
    if (cause instanceof SyntaxError)
      throw new OutputRejected(`fortio's result is not JSON: ${cause.message.slice(0, 200)}`, {
        cause,
      });
    throw cause;
  }
}

/** Unix µs of its RFC 3339 time, which has up to nine decimals. */
export function startMicros({ StartTime }: FortioResult): number {
  const [, date, fraction = "0", zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(StartTime) ?? [];
  const wholeMs = Date.parse(`${date}${zone}`);
  if (date === undefined || Number.isNaN(wholeMs))
    throw new OutputRejected(`fortio's result: StartTime ${StartTime.slice(0, 64)} is no time`);
  return wholeMs * 1_000 + Number(`0.${fraction}`) * 1e6;
}

/** Its histogram, in which a bucket holds many different values. */
export function coarseHistogram({
  DurationHistogram: { Count, Min, Data },
}: FortioResult): Rebuilt {
  const buckets = Data ?? [];
  const total = buckets.reduce((sum, bucket) => sum + bucket.Count, 0);
  if (total !== Count)
    throw new OutputRejected(
      `fortio's result: the buckets of DurationHistogram hold ${total}, its Count says ${Count}`,
    );
  return fromSteps(
    buckets.map((bucket) => ({ micros: bucket.End * 1e6, count: bucket.Count })),
    Min * 1e6,
  );
}
