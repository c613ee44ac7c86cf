// When charts are frozen: once, after late reports have had their time and before the first ones are deleted.
import { type PeriodDays, type SharingCatalogue, periodSpan, questionById } from "@tidemark/proto";
import { type ChartStore, type Reported, countedFields } from "./chart-store.ts";
import { chartProblems, declaredCharts } from "./declared.ts";
import { type Audience, freeze, operatorsSeen, thresholdOf } from "./freeze.ts";

const dayMs = 86_400_000;
/**
 * Days after a period's end: reports leave within 28 days of it, a failed one a little later, and raw reports are kept for 35. A 28-day
 * period's last report may arrive at the end of the next one.
 */
export const freezeAfterDays = 28;

/** From when on the period's charts may be frozen, Unix ms. */
export const freezeAtMs = (days: PeriodDays, period: number): number =>
  periodSpan(days, period).endMs + (days === 28 ? freezeAfterDays : freezeAfterDays + 2) * dayMs;

/**
 * Freezes what is due and resolves to how many charts that were. Answers to a catalogue that is not among `catalogues` are left alone:
 * nobody knows the order of their labels. Call it daily or oftener, one call at a time.
 */
export async function freezeDue(
  store: ChartStore,
  catalogues: readonly SharingCatalogue[],
  nowMs: number,
  audience: Audience,
): Promise<number> {
  const frozen = new Set((await store.frozen()).map(keyOf));
  let count = 0;
  for (const reported of await store.reported()) {
    const { question, period, catalogue: version } = reported;
    const from = catalogues.find((one) => one.version === version);
    if (from === undefined || !isDue(reported, from, nowMs)) continue;
    for (const chart of declaredCharts.filter((one) => one.question === question)) {
      const key = { chart: chart.id, period, catalogue: version };
      if (frozen.has(keyOf(key)) || chartProblems([chart], from).length > 0) continue;
      const answers = await store.count(reported, countedFields(chart));
      const k = thresholdOf(operatorsSeen(chart, answers), audience);
      await store.freeze({ ...key, k, rows: freeze(chart, answers, k, from) }, nowMs);
      count += 1;
    }
  }
  return count;
}

const keyOf = (of: { chart: string; period: number; catalogue: number }) =>
  `${of.chart} ${of.period} ${of.catalogue}`;

function isDue({ question: id, period }: Reported, from: SharingCatalogue, nowMs: number) {
  const question = questionById(id, from);
  return question !== undefined && nowMs >= freezeAtMs(question.periodDays, period);
}
