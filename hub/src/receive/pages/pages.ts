// The receiver's own pages: frozen charts by topic. Pure: a path and the charts in, a page out. They show nothing but what is frozen, so
// whoever may see them learns what the charts tell and no more.
import { type SharingCatalogue, sharingCatalogue } from "@tidemark/proto";
import type { FrozenChart } from "../charts/chart-store.ts";
import { type ChartTopic, chartTopics, declaredCharts } from "../charts/declared.ts";
import { freezeAfterDays } from "../charts/freezing.ts";
import { type ShownChart, chartSection, operatorsText, periodText } from "./chart-section.ts";
import { type Page, escape, page, topicTitles } from "./html.ts";

export type { Page } from "./html.ts";

/**
 * The page of a path: `/`, `/<topic>`, `/chart/<id>/<period>`; any other is not found. `charts` as the store gives them, the newest
 * period first; one of a catalogue that is not among `catalogues` is not shown, as nobody knows its labels.
 */
export function pageFor(
  path: string,
  charts: readonly FrozenChart[],
  catalogues: readonly SharingCatalogue[] = [sharingCatalogue],
): Page {
  return knownPage(
    path,
    charts.flatMap((frozen) => {
      const from = catalogues.find(({ version }) => version === frozen.catalogue);
      return from === undefined ? [] : [{ ...frozen, from }];
    }),
  );
}

function knownPage(path: string, charts: readonly ShownChart[]): Page {
  if (path === "/") return overview(charts);
  const topic = chartTopics.find((one) => path === `/${one}`);
  if (topic !== undefined) return topicPage(topic, charts);
  const [, id, period] = /^\/chart\/([a-z0-9-]{1,64})\/(\d{1,5})$/.exec(path) ?? [];
  return chartPage(id, Number(period), charts) ?? notFound();
}

const of = (id: string, charts: readonly ShownChart[]) =>
  charts.filter(({ chart }) => chart === id);

function overview(charts: readonly ShownChart[]): Page {
  const rows = declaredCharts.map((chart) => {
    const [newest] = of(chart.id, charts);
    return `<tr><th scope="row"><a href="/${chart.topic}#${chart.id}">${escape(chart.title)}</a></th><td>${newest === undefined ? "not made yet" : `${escape(periodText(chart, newest))}`}</td><td>${newest === undefined ? "" : operatorsText(chart, newest)}</td></tr>`;
  });
  return page(
    "All charts",
    `<section><div class="scroll" tabindex="0" role="region" aria-label="All charts, table"><table><caption>The newest period of each chart</caption>
<thead><tr><th scope="col">Chart</th><th scope="col">Period</th><th scope="col">Operators</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div></section>`,
  );
}

function topicPage(topic: ChartTopic, charts: readonly ShownChart[]): Page {
  const sections = declaredCharts
    .filter((chart) => chart.topic === topic)
    .map((chart) => {
      const [newest, ...earlier] = of(chart.id, charts);
      return newest === undefined
        ? `<section aria-labelledby="${chart.id}"><h2 id="${chart.id}">${escape(chart.title)}</h2><p class="quiet">Not made yet: a chart is made ${freezeAfterDays} days after its period, or a little later.</p></section>`
        : chartSection(chart, newest, periodsOf(earlier));
    });
  return page(topicTitles[topic], sections.join("\n"), topic);
}

const periodsOf = (charts: readonly ShownChart[]) => [
  ...new Set(charts.map(({ period }) => period)),
];

function chartPage(
  id: string | undefined,
  period: number,
  charts: readonly ShownChart[],
): Page | undefined {
  const declared = declaredCharts.find((chart) => chart.id === id);
  if (declared === undefined) return undefined;
  const all = of(declared.id, charts);
  const here = all.filter((chart) => chart.period === period);
  if (here.length === 0) return undefined;
  const others = periodsOf(all.filter((chart) => chart.period !== period));
  return page(
    declared.title,
    here.map((chart) => chartSection(declared, chart, others)).join("\n"),
    declared.topic,
  );
}

const notFound = () =>
  page(
    "There is no such page",
    '<section><p>Nothing is here. <a href="/">All charts</a> lists what there is.</p></section>',
    "",
    404,
  );
