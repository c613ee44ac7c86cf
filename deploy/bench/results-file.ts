// deploy/bench/results.md: every suite owns the part between its markers, so that one suite can be run again alone.
import type { SuiteReport } from "./result.ts";

const begin = (suite: string) => `<!-- begin ${suite} -->`;
const end = (suite: string) => `<!-- end ${suite} -->`;

/** The file with the suite's part replaced, or added at its end. */
export function withSection(
  file: string,
  suite: string,
  report: SuiteReport,
  measuredOn: string,
): string {
  const part = `${begin(suite)}\n${section(suite, report, measuredOn)}\n${end(suite)}`;
  const from = file.indexOf(begin(suite));
  const to = file.indexOf(end(suite));
  if (from < 0 || to < from) return `${file.trimEnd()}\n\n${part}\n`;
  return `${file.slice(0, from)}${part}${file.slice(to + end(suite).length)}`;
}

function section(suite: string, report: SuiteReport, measuredOn: string): string {
  const rows = report.results.map(({ name, value, unit, bar, holds, beside }) => {
    const peers = Object.entries(beside).map(
      ([peer, peerValue]) => `${peer} ${grouped(peerValue)}`,
    );
    const verdict = bar === null ? "" : holds ? "yes" : "**no**";
    return `| ${name} | ${grouped(value)} ${unit} | ${bar ?? ""} | ${verdict} | ${peers.join("; ")} |`;
  });
  return [
    `## ${suite}`,
    `${measuredOn}`,
    "",
    "| what | measured | bar | holds | beside it |",
    "|---|---|---|---|---|",
    ...rows,
    "",
    ...report.notes.map((note) => `- ${note}`),
  ].join("\n");
}

const grouped = (value: number) =>
  Math.abs(value) >= 10_000 ? Math.round(value).toLocaleString("en-US") : String(value);
