// What the hosts did meanwhile: metrics of agents and targets over a run, and between two sides of a comparison.
import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { nullable, strict, text } from "./common.ts";

/** Means of a host's metrics over a window. */
export const HostFigures = Type.Object(
  {
    agent: IdSchema,
    agentName: text(128),
    /** Whether it generated the load, or is where the target runs. */
    role: Type.Union([Type.Literal("generator"), Type.Literal("target"), Type.Literal("both")]),
    /** Metric → mean over the window, in the metric's own unit; absent where the host lacks it. */
    means: Type.Record(Type.String({ maxLength: 128 }), Type.Number(), { maxProperties: 64 }),
  },
  strict,
);
export type HostFigures = Static<typeof HostFigures>;

/** GET /api/v1/runs/:id/hosts : agents and targets over the run. */
export const RunHosts = Type.Object({ hosts: Type.Array(HostFigures) }, strict);
export type RunHosts = Static<typeof RunHosts>;

/** GET /api/v1/compare/hosts?… (as compare) : each host's figures over both sides' runs, and their difference. */
export const HostComparison = Type.Object(
  {
    hosts: Type.Array(
      Type.Object(
        {
          agent: IdSchema,
          agentName: text(128),
          role: HostFigures.properties.role,
          metrics: Type.Array(
            Type.Object(
              {
                metric: text(128),
                unit: text(32),
                baseline: nullable(Type.Number()),
                candidate: nullable(Type.Number()),
                difference: nullable(Type.Number()),
              },
              strict,
            ),
          ),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type HostComparison = Static<typeof HostComparison>;
