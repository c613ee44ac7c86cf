// When charts are frozen: once, after late reports have had their time and before the first ones are deleted.
import { periodSpan, questionById, sharingCatalogue } from "@tidemark/proto";
import { type ChartStore, type Reported, countedFields } from "./chart-store.ts";
import { declaredCharts } from "./declared.ts";
import { type Audience, freeze, operatorsSeen, thresholdOf } from "./freeze.ts";

const dayMs = 86_400_000;
/**
 * Days after a period's end: reports leave within 28 days of it, a failed one a little later, and raw reports are kept for 35. A 28-day
 * period's last report may arrive at the end of the next one.
 */
export const freezeAfterDays = 28;

/** From when on the period's charts may be frozen, Unix ms. */
export const freezeAtMs = (days: 28 | 84, period: number): number =>
  periodSpan(days, period).endMs + (days === 28 ? freezeAfterDays : freezeAfterDays + 2) * dayMs;

/**
 * Freezes what is due and resolves to how many charts that were. Answers to a catalogue this program does not know are left alone: it
 * cannot order their labels. Call it daily or oftener.
 */
export async function freezeDue(
  store: ChartStore,
  nowMs: number,
  audience: Audience,
): Promise<number> {
  const frozen = new Set((await store.frozen()).map(keyOf));
  let count = 0;
  for (const reported of await store.reported()) {
    if (!isDue(reported, nowMs)) continue;
    for (const chart of declaredCharts.filter(({ question }) => question === reported.question)) {
      const { period, catalogue } = reported;
      if (frozen.has(keyOf({ chart: chart.id, period, catalogue }))) continue;
      const answers = await store.count(reported, countedFields(chart));
      const k = thresholdOf(operatorsSeen(chart, answers), audience);
      await store.freeze({
        chart: chart.id,
        period,
        catalogue,
        k,
        rows: freeze(chart, answers, k),
      });
      count += 1;
    }
  }
  return count;
}

const keyOf = (of: { chart: string; period: number; catalogue: number }) =>
  `${of.chart} ${of.period} ${of.catalogue}`;

function isDue({ question: id, period, catalogue }: Reported, nowMs: number): boolean {
  const question = questionById(id, sharingCatalogue);
  return (
    question !== undefined &&
    catalogue === sharingCatalogue.version &&
    nowMs >= freezeAtMs(question.periodDays, period)
  );
}
