// The charts there are: fixed, so that nobody can ask the reports anything else. Each counts operators, one vote each.
//
// A receiver cannot tell two operators from one with two reports: keys name nobody. So a chart may only be drawn where a question
// has an operator appear at most once in each of its rows (`oncePer`), and its rows must be told apart by all of those fields. Nothing
// is ever added up over rows: an operator may be in several.
import {
  type SharingCatalogue,
  type SharingField,
  type SharingQuestion,
  questionById,
} from "@tidemark/proto";

/** The topics of the pages. */
export const chartTopics = ["fleet", "network", "hardware", "latency", "upgrades", "load"] as const;
export type ChartTopic = (typeof chartTopics)[number];

export interface DeclaredChart {
  /** Of letters and hyphens; also its address. Never given to another chart: frozen ones are found by it. */
  readonly id: string;
  readonly question: string;
  readonly topic: ChartTopic;
  readonly title: string;
  /** Fields that tell the rows apart: all of the question's `oncePer`. Empty: one row of all operators. */
  readonly rows: readonly string[];
  /** The field whose labels divide each row's operators into cells. */
  readonly cells?: string;
  /**
   * The field of which each row has a median and quartiles. Never with `cells`: a search over all small populations found that quartiles
   * tell which of the cells that are not told somebody is in.
   */
  readonly figure?: string;
  /** The label whose share of each row is told. */
  readonly share?: { readonly field: string; readonly label: string };
}

/**
 * The fields by which an operator appears once, for each question with a chart, and why that holds.
 * - None, where a question has one report a period.
 * - `cpu`, `media`, `speed`, `operation`, `release`, `profile`, `mesh`: the sender makes one report for each of them, whatever else the
 *   report says; of several of a kind it tells the sum or the median.
 * - `cores` and `memory`: the two are all the report says, and no two reports of a period are equal.
 * - Upgrades: one for each operation or profile and pair of releases.
 */
export const oncePer: Readonly<Record<string, readonly string[]>> = {
  "fleet.size": [],
  "network.size": [],
  "network.family": [],
  "hub.environment": [],
  "hardware.cpu": ["cpu"],
  "hardware.shape": ["cores", "memory"],
  "hardware.disk": ["media"],
  "hardware.nic": ["speed"],
  "api.latency": ["operation"],
  "api.release": ["release"],
  "api.upgrade": ["operation", "from", "to"],
  "load.latency": ["profile"],
  "load.mesh": ["mesh"],
  "load.upgrade": ["profile", "to"],
};

const regressions = { field: "verdict", label: "regression" } as const;

/** In the order of the pages. `chartProblems` finds nothing in them. */
export const declaredCharts: readonly DeclaredChart[] = [
  {
    id: "fleet-hosts",
    question: "fleet.size",
    topic: "fleet",
    title: "Hosts of a fleet",
    rows: [],
    cells: "hosts",
  },
  {
    id: "fleet-release",
    question: "fleet.size",
    topic: "fleet",
    title: "Releases of Tidemark",
    rows: [],
    cells: "release",
  },
  {
    id: "hub-node",
    question: "hub.environment",
    topic: "fleet",
    title: "Node that hubs run on",
    rows: [],
    cells: "node",
  },
  {
    id: "hub-clickhouse",
    question: "hub.environment",
    topic: "fleet",
    title: "ClickHouse that hubs use",
    rows: [],
    cells: "clickhouse",
  },
  {
    id: "hub-store",
    question: "hub.environment",
    topic: "fleet",
    title: "Size of hubs' stores",
    rows: [],
    cells: "store",
  },
  {
    id: "network-subnets",
    question: "network.size",
    topic: "network",
    title: "Subnets of a network",
    rows: [],
    cells: "subnets",
  },
  {
    id: "network-vlans",
    question: "network.size",
    topic: "network",
    title: "VLANs of a network",
    rows: [],
    cells: "vlans",
  },
  {
    id: "network-ipv6",
    question: "network.family",
    topic: "network",
    title: "Share of IPv6",
    rows: [],
    cells: "ipv6",
  },
  {
    id: "hardware-cpu",
    question: "hardware.cpu",
    topic: "hardware",
    title: "Processors, and hosts that have them",
    rows: ["cpu"],
    cells: "hosts",
  },
  {
    id: "hardware-shape",
    question: "hardware.shape",
    topic: "hardware",
    title: "Cores and memory of hosts",
    rows: ["cores", "memory"],
  },
  {
    id: "hardware-disk",
    question: "hardware.disk",
    topic: "hardware",
    title: "Disks, and their commonest size",
    rows: ["media"],
    cells: "size",
  },
  {
    id: "hardware-nic",
    question: "hardware.nic",
    topic: "hardware",
    title: "Links, and hosts that have them",
    rows: ["speed"],
    cells: "hosts",
  },
  {
    id: "api-operations",
    question: "api.latency",
    topic: "latency",
    title: "Latency of MAAS's API by operation",
    rows: ["operation"],
    figure: "p99",
  },
  {
    id: "api-releases",
    question: "api.release",
    topic: "latency",
    title: "Latency of MAAS's API by release",
    rows: ["release"],
    figure: "p99",
  },
  {
    id: "api-upgrades",
    question: "api.upgrade",
    topic: "upgrades",
    title: "Upgrades of MAAS: change of the 99th percentile",
    rows: ["operation", "from", "to"],
    figure: "change",
    share: regressions,
  },
  {
    id: "load-upgrades",
    question: "load.upgrade",
    topic: "upgrades",
    title: "Upgrades under load: change of the 99th percentile",
    rows: ["profile", "to"],
    figure: "change",
    share: regressions,
  },
  {
    id: "load-profiles",
    question: "load.latency",
    topic: "load",
    title: "Latency under load by shape",
    rows: ["profile"],
    figure: "p99",
  },
  {
    id: "load-meshes",
    question: "load.mesh",
    topic: "load",
    title: "Latency under load by mesh",
    rows: ["mesh"],
    figure: "p99",
  },
];

/** The chart's question, and its fields by name. Throws when the catalogue does not have them: see `chartProblems`. */
export function fieldsOf(chart: DeclaredChart, from: SharingCatalogue) {
  const question = questionById(chart.question, from);
  const find = (name: string): SharingField => {
    const field = question?.fields.find((one) => one.name === name);
    if (field === undefined)
      throw new RangeError(`chart ${chart.id}: catalogue ${from.version} has no ${name}`);
    return field;
  };
  return {
    rows: chart.rows.map(find),
    cells: chart.cells === undefined ? undefined : find(chart.cells),
    figure: chart.figure === undefined ? undefined : find(chart.figure),
  };
}

/**
 * Why charts may not be drawn, in words; empty when all may. A chart must count each operator once a row. Two charts of one question may
 * share their rows' totals and nothing else: with a field in both, what one hides could be had by subtracting the other.
 */
export function chartProblems(
  charts: readonly DeclaredChart[],
  from: SharingCatalogue,
): readonly string[] {
  return charts.flatMap((chart, index) => [
    ...problemsOf(chart, questionById(chart.question, from)),
    ...charts
      .slice(0, index)
      .filter((other) => other.question === chart.question && sharesMargin(chart, other))
      .map((other) => `${chart.id}: shares a margin with ${other.id}`),
  ]);
}

function problemsOf(chart: DeclaredChart, question: SharingQuestion | undefined): string[] {
  const once = oncePer[chart.question];
  if (question === undefined || once === undefined)
    return [`${chart.id}: nothing says how often an operator appears in ${chart.question}`];
  const problems: string[] = [];
  if (once.length === 0 && question.reportsMax > 1)
    problems.push(`${chart.id}: an operator sends up to ${question.reportsMax} reports`);
  for (const name of once)
    if (!chart.rows.includes(name))
      problems.push(`${chart.id}: an operator may appear twice in a row without ${name}`);
  const { rows, cells, figure, share } = chart;
  const named = [...rows, ...[cells, figure, share?.field].filter((name) => name !== undefined)];
  for (const name of named)
    if (!question.fields.some((field) => field.name === name))
      problems.push(`${chart.id}: ${chart.question} has no ${name}`);
  if (cells !== undefined && (figure !== undefined || share !== undefined))
    problems.push(`${chart.id}: a figure would tell of cells that are not told`);
  return problems;
}

/** Unless their rows are the same and what divides them is not, figures of one could be subtracted from the other's. */
function sharesMargin(one: DeclaredChart, other: DeclaredChart): boolean {
  const dividers = ({ cells, share }: DeclaredChart) => [cells, share?.field];
  const theirs = dividers(other);
  return (
    one.rows.join() !== other.rows.join() ||
    dividers(one).some((name) => name !== undefined && theirs.includes(name))
  );
}
