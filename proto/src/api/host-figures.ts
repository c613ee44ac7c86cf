// What the hosts did meanwhile: metrics of agents and targets over a run, and between two sides of a comparison.
import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { nullable, strict, text } from "./common.ts";

/** What is said of a host during a run, in the order it is shown. A fraction has the unit 1. */
export const hostMetrics = [
  { name: "cpu in use", unit: "1", help: "Of all cores: not idle and not waiting for IO" },
  { name: "cpu stolen", unit: "1", help: "Of all cores: taken by the hypervisor" },
  { name: "cpu waiting for io", unit: "1", help: "Of all cores" },
  { name: "load average", unit: "{thread}", help: "Over 1 minute" },
  { name: "cpu pressure", unit: "1", help: "Share of time in which some task waited for a CPU" },
  {
    name: "memory pressure",
    unit: "1",
    help: "Share of time in which some task waited for memory",
  },
  { name: "io pressure", unit: "1", help: "Share of time in which some task waited for IO" },
  { name: "memory used", unit: "By", help: "Total less available" },
  { name: "disk read", unit: "By/s", help: "Of all disks" },
  { name: "disk written", unit: "By/s", help: "Of all disks" },
  { name: "network received", unit: "By/s", help: "Of all interfaces but virtual ones" },
  { name: "network sent", unit: "By/s", help: "Of all interfaces but virtual ones" },
  { name: "tcp retransmits", unit: "{segment}/s", help: "TCP segments sent again" },
  { name: "agent cpu", unit: "1", help: "Of one core: used by the agent, its load included" },
] as const;
export type HostMetricName = (typeof hostMetrics)[number]["name"];

/** Means of a host's metrics over a window. */
export const HostFigures = Type.Object(
  {
    agent: IdSchema,
    agentName: text(128),
    /** Whether it generated the load, or is where the target runs. */
    role: Type.Union([Type.Literal("generator"), Type.Literal("target"), Type.Literal("both")]),
    /** By name of `hostMetrics`, mean over the window; absent where the host lacks it. */
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
