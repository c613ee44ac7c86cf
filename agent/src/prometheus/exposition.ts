// The Prometheus text format: families of samples, each family written once and in one piece whatever order samples came in.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

export type FamilyType = "counter" | "gauge" | "untyped";

/** Label values may be any text; keys are the program's own. */
export type PrometheusLabels = Readonly<Record<string, string>>;

export interface Exposition {
  /** Adds a sample; one that is NaN (not collected) is left out. */
  readonly add: (
    type: FamilyType,
    name: string,
    help: string,
    value: number,
    labels?: PrometheusLabels,
  ) => void;
  readonly text: () => string;
}

/** What is written says so: the version of the text format. */
export const contentType = "text/plain; version=0.0.4; charset=utf-8";

export function createExposition(): Exposition {
  const families = new Map<string, string[]>();
  return {
    add(type, name, help, value, labels = {}) {
      if (Number.isNaN(value)) return;
      let lines = families.get(name);
      if (lines === undefined) {
        lines = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
        families.set(name, lines);
      }
      lines.push(`${name}${writeLabels(labels)} ${writeNumber(value)}`);
    },
    text() {
      const names = [...families.keys()].sort();
      return names.map((name) => `${families.get(name)?.join("\n")}\n`).join("");
    },
  };
}

function writeLabels(labels: PrometheusLabels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeValue(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function writeNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}

const escapeHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");

const escapeValue = (text: string): string =>
  text.toWellFormed().replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
