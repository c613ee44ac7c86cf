// What one of node_exporter's collectors is here: raw readings under node_exporter's names, taken when Prometheus asks.
import type { Host } from "../../collectors/collector.ts";
import type { Exposition } from "../exposition.ts";

/** The host as the exposition needs it. */
export type ScrapedHost = Pick<
  Host,
  "procRoot" | "sysRoot" | "hostRoot" | "ticksPerSecond" | "pageBytes" | "askMount" | "run" | "now"
>;

export interface FamilyGroup {
  /** node_exporter's name for the collector. */
  readonly name: string;
  /** Adds what the host has; false when it has nothing of the kind. */
  readonly collect: (host: ScrapedHost, out: Exposition) => boolean | Promise<boolean>;
}
