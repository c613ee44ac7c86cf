// One scrape: every group of families, timed, and none able to stop another.
import { createExposition } from "./exposition.ts";
import type { FamilyGroup, ScrapedHost } from "./families/family.ts";

/** The text for Prometheus, with node_exporter's own two families about each collector. */
export async function scrape(
  groups: readonly FamilyGroup[],
  host: ScrapedHost,
  monotonicMs: () => number,
  failed: (group: string, cause: unknown) => void,
): Promise<string> {
  const out = createExposition();
  for (const { name, collect } of groups) {
    const startMs = monotonicMs();
    let success = false;
    try {
      success = await collect(host, out);
    } catch (cause) {
      failed(name, cause);
    }
    const seconds = (monotonicMs() - startMs) / 1_000;
    const labels = { collector: name };
    const durationHelp = "node_exporter: Duration of a collector scrape.";
    out.add("gauge", "node_scrape_collector_duration_seconds", durationHelp, seconds, labels);
    const successHelp = "node_exporter: Whether a collector succeeded.";
    out.add("gauge", "node_scrape_collector_success", successHelp, success ? 1 : 0, labels);
  }
  return out.text();
}
