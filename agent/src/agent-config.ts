// What the rest of the agent sees of its configuration. Apart from config.ts, so that the running agent needs neither YAML nor
// schemas to know its shape.
import type { CollectorName } from "./collectors/index.ts";

export interface AgentConfig {
  readonly dataDir: string;
  readonly intervalSeconds: number;
  readonly batchTicks: number;
  readonly collectors: readonly CollectorName[];
  readonly procRoot: string;
  readonly sysRoot: string;
  readonly hostRoot: string;
  readonly topProcesses: number;
  readonly cgroupsMax: number;
  /** Regular expressions, as text. */
  readonly ignored: {
    readonly disks: string;
    readonly interfaces: string;
    readonly filesystems: string;
    readonly mounts: string;
  };
  readonly outbox: { readonly bytesMax: number; readonly ageSecondsMax: number };
  readonly prometheus: { readonly host: string; readonly port: number } | undefined;
  readonly policyFile: string;
  readonly logLevel: "error" | "warn" | "info" | "debug";
}
