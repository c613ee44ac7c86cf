// The line of the done() hook: the same for wrk and wrk2.
import { MessageRejected, parser } from "@tidemark/proto";
import { Type, type Static } from "typebox";
import { OutputRejected, type ProgramOutput } from "../program.ts";
import { reportMark } from "./script.ts";

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const HookReport = Type.Object(
  {
    durationMicros: count,
    requests: count,
    bytes: count,
    /** Failed connection attempts, reads and writes; responses of status 400 and above; what the program calls timeouts. */
    connect: count,
    read: count,
    write: count,
    status: count,
    timeout: count,
    /** Whether `values` are all values, and not steps of a percentile curve. */
    exact: Type.Boolean(),
    /** Value in µs, how often, value, how often …, ascending. */
    values: Type.Array(count),
  },
  { additionalProperties: false },
);
export type HookReport = Static<typeof HookReport>;

const check = parser(HookReport, "the line of the done() hook");

/** Throws OutputRejected for a run that failed: by its exit, by any word on standard error, or by what it did not write. */
export function readReport(program: string, output: ProgramOutput): HookReport {
  const complaint = output.stderr.trim().split("\n", 1)[0] ?? "";
  // It exits with 0 after a script that does not even compile, and sends plain GETs instead.
  if (complaint !== "") throw new OutputRejected(`${program} said: ${complaint.slice(0, 400)}`);
  const line = output.stdout.split("\n").findLast((text) => text.startsWith(reportMark));
  if (line === undefined)
    throw new OutputRejected(
      output.exitCode === null
        ? `${program} was killed before it wrote a result`
        : `${program} wrote no line of its done() hook and ended with ${output.exitCode}: ${lastWords(output.stdout)}`,
    );
  if (output.exitCode !== 0)
    throw new OutputRejected(`${program} ended with ${output.exitCode ?? "a signal"}`);
  const report = parseLine(program, line.slice(reportMark.length));
  const { values } = report;
  if (values.length % 2 === 1)
    throw new OutputRejected(`${program}'s done() hook: the last of its values has no count`);
  for (let at = 2; at < values.length; at += 2)
    if ((values[at] ?? 0) <= (values[at - 2] ?? 0))
      throw new OutputRejected(
        `${program}'s done() hook: values[${at}] is not above the one before`,
      );
  return report;
}

function parseLine(program: string, text: string): HookReport {
  try {
    return check(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof MessageRejected || cause instanceof SyntaxError)
      throw new OutputRejected(`${program}'s done() hook: ${cause.message}`, { cause });
    throw cause;
  }
}

function lastWords(stdout: string): string {
  return stdout.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
}
