// What answers are computed from: all that the sharing reads of the hub. It still holds names and exact figures; `answersOf` is what
// leaves nothing of them.
import type { PresetName, VariantLabels, VerdictKind } from "@tidemark/proto";

/** One host, from its latest inventory. */
export interface HostFacts {
  readonly cpuVendor: string;
  readonly cpuModel: string;
  /** What it runs in; null on bare metal. */
  readonly virtualisation: string | null;
  readonly logicalCores: number;
  readonly memoryBytes: number;
  readonly disks: readonly { readonly kind: string; readonly sizeBytes: number }[];
  readonly interfaces: readonly {
    readonly name: string;
    readonly speedMbit: number | null;
    readonly virtual: boolean;
    /** With their prefix length where it is known: `10.0.0.5/24`. */
    readonly addresses: readonly string[];
  }[];
}

/** One valid run of a profile. */
export interface RunFacts {
  readonly endedAtMs: number;
  /** The built-in shape of its load; null for one of the operator's own. */
  readonly preset: PresetName | null;
  readonly labels: VariantLabels;
  readonly method: string;
  readonly target: string;
  /** Of the response time, ms. */
  readonly p99Ms: number;
}

/** One comparison of two releases, as the hub judged it. */
export interface UpgradeFacts {
  readonly endedAtMs: number;
  readonly preset: PresetName | null;
  readonly labels: VariantLabels;
  readonly method: string;
  readonly target: string;
  readonly from: string;
  readonly to: string;
  /** Of the 99th percentile: 0.07 is 7 % slower. */
  readonly changeRatio: number;
  readonly verdict: VerdictKind;
}

export interface Facts {
  readonly tidemarkVersion: string;
  readonly nodeVersion: string;
  readonly clickhouseVersion: string;
  readonly storeBytes: number;
  readonly hosts: readonly HostFacts[];
  readonly runs: readonly RunFacts[];
  readonly upgrades: readonly UpgradeFacts[];
}
