// The load of a test, without who generates it: what a run and a profile have in common.
import { Type, type Static } from "typebox";
import { loadLimits } from "../limits.ts";
import { DriverName } from "../load/drivers.ts";
import { CapacitySearch, Pacing } from "../load/pacing.ts";
import { Header, HttpMethod, Precision, planOptions } from "../load/plan.ts";
import { strict, text } from "./common.ts";

/** Ready-made shapes of load; see `presets`. What a request gives besides stands. */
export const presetNames = ["smoke", "load", "stress", "spike", "soak", "capacity"] as const;
export const PresetName = Type.Enum(presetNames);
export type PresetName = (typeof presetNames)[number];

/** `role=rack,zone!=b`: every term must hold; `zone in (a,b)`, `zone notin (a,b)`, `gpu`, `!gpu` as Kubernetes writes them. */
export const LabelSelector = text(512);

const { warmupMs: _warmupMs, ...namedOptions } = planOptions;

/** What is sent, and when: everything of a load test but who generates it. */
export const loadFields = {
  /** By the target's scheme without it: http1, websocket, grpc, tcp, udp. */
  driver: Type.Optional(DriverName),
  target: Type.String({ minLength: 6, maxLength: loadLimits.urlLengthMax }),
  method: Type.Optional(HttpMethod),
  headers: Type.Optional(Type.Array(Header, { maxItems: loadLimits.headersMax })),
  body: Type.Optional(Type.String({ maxLength: loadLimits.bodyLengthMax })),
  preset: Type.Optional(PresetName),
  pacing: Type.Optional(Type.Union([Pacing, CapacitySearch])),
  ratePerSecond: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: loadLimits.ratePerSecondMax }),
  ),
  connections: Type.Optional(Type.Integer({ minimum: 1, maximum: loadLimits.connectionsMax })),
  /** The stages decide it where the pacing has some, and a search's step; another than theirs is refused. */
  durationSeconds: Type.Optional(
    Type.Number({ minimum: 0.1, maximum: loadLimits.durationMsMax / 1000 }),
  ),
  warmupSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: loadLimits.warmupMsMax / 1000 })),
  timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: loadLimits.timeoutMsMax })),
  precision: Type.Optional(Precision),
  ...namedOptions,
} as const;

/** The load of a profile. What is due: `pacing`, or `ratePerSecond` for a constant rate, or `preset`. */
export const LoadSpec = Type.Object(loadFields, strict);
export type LoadSpec = Static<typeof LoadSpec>;
