// How an SMP document is written: YAML, with what it lost as comments at its top.
import type { Loss } from "./smp-lost.ts";
import { yamlOf } from "./yaml-text.ts";

export const smpVersion = "v0.0.1";

export function smpDocument(content: object, losses: readonly Loss[]): string {
  const header = losses
    .map(({ field, reason }) => `# not carried: ${field} (${reason})\n`)
    .join("");
  return `${header}${yamlOf(content)}`;
}
