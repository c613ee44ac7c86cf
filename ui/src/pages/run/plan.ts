// The form of a new test: text fields to a NewRun, every fault named by its field. Pure; the hub checks all of it again.
import { loadLimits, type NewRun, type Run } from "@tidemark/proto";
import { formatAge, formatMillis } from "../../format/duration.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount } from "../../format/number.ts";
import { peakOf } from "./shape.ts";

export const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export const precisions = [
  {
    key: "precise",
    label: "Precise",
    help: "A pacer thread wakes the generator; right for nearly everything",
  },
  { key: "economy", label: "Economy", help: "A 1 ms timer: less CPU, coarser sending times" },
  { key: "exact", label: "Exact", help: "Spins on one core for the finest sending times" },
] as const;

export interface Draft {
  agent: string;
  name: string;
  target: string;
  rate: string;
  connections: string;
  duration: string;
  method: (typeof methods)[number];
  headers: string;
  body: string;
  timeout: string;
  precision: (typeof precisions)[number]["key"];
}
export type DraftField = keyof Draft;
export type Faults = Partial<Record<DraftField, string>>;

export const emptyDraft: Readonly<Draft> = {
  agent: "",
  name: "",
  target: "",
  rate: "500",
  connections: "16",
  duration: "20",
  method: "GET",
  headers: "",
  body: "",
  timeout: "5000",
  precision: "precise",
};

/** A form filled in as an earlier run was; header values and the body are not stored, so they begin empty. */
export function draftOf(run: Run): Draft {
  return {
    ...emptyDraft,
    agent: run.agents[0]?.agent ?? "",
    name: run.name,
    target: run.target,
    method: run.method,
    rate: String(peakOf(run.pacing) ?? emptyDraft.rate),
    connections: String(run.connections),
    duration: String(run.durationSeconds),
    timeout: String(run.timeoutMs),
    precision: run.precision,
  };
}

export type Planned =
  | { readonly kind: "plan"; readonly plan: NewRun }
  | { readonly kind: "faulty"; readonly faults: Faults };

export function planOf(draft: Draft): Planned {
  const faults: Faults = {};
  const fail = (field: DraftField, reason: string) => {
    faults[field] ??= reason;
  };
  if (draft.agent === "") fail("agent", "Choose the agent that sends the requests.");
  checkTarget(draft.target.trim(), (reason) => fail("target", reason));
  const ratePerSecond = numberIn(draft.rate, 0.001, loadLimits.ratePerSecondMax, (reason) =>
    fail("rate", reason),
  );
  const connections = wholeIn(draft.connections, 1, loadLimits.connectionsMax, (reason) =>
    fail("connections", reason),
  );
  const durationSeconds = numberIn(
    draft.duration,
    0.1,
    loadLimits.durationMsMax / 1_000,
    (reason) => fail("duration", reason),
  );
  const timeoutMs = wholeIn(draft.timeout, 1, loadLimits.timeoutMsMax, (reason) =>
    fail("timeout", reason),
  );
  const headers = headersOf(draft.headers, (reason) => fail("headers", reason));
  if (draft.body.length > loadLimits.bodyLengthMax)
    fail("body", `At most ${formatCount(loadLimits.bodyLengthMax)} characters.`);
  if (Object.keys(faults).length > 0) return { kind: "faulty", faults };
  return {
    kind: "plan",
    plan: {
      agent: draft.agent,
      ...(draft.name.trim() === "" ? {} : { name: draft.name.trim() }),
      target: draft.target.trim(),
      method: draft.method,
      headers,
      body: draft.body,
      ratePerSecond,
      connections,
      durationSeconds,
      timeoutMs,
      precision: draft.precision,
    },
  };
}

/** What will be sent, in a sentence or two. */
export function describePlan(plan: NewRun, agentName: string): string {
  const { ratePerSecond = 0, durationSeconds = 0, connections = 1 } = plan;
  const total = formatCount(ratePerSecond * durationSeconds);
  const rate =
    ratePerSecond >= 1
      ? `${formatCount(ratePerSecond)} requests a second`
      : `a request every ${formatAge(1 / ratePerSecond)}`;
  const extras = [
    (plan.headers ?? []).length > 0
      ? `${plan.headers?.length ?? 0} extra ${plan.headers?.length === 1 ? "header" : "headers"}`
      : "",
    plan.body ? `a body of ${formatBytes(new TextEncoder().encode(plan.body).length)}` : "",
  ].filter((text) => text !== "");
  const carrying = extras.length > 0 ? ` with ${extras.join(" and ")}` : "";
  return `${agentName} sends ${plan.method ?? "GET"} ${plan.target}${carrying}: ${rate} for ${formatAge(durationSeconds)}, ${total} in all, over ${connections} ${connections === 1 ? "connection" : "connections"}. A response that takes longer than ${formatMillis(plan.timeoutMs ?? 0)} counts as an error.`;
}

const fieldsByPointer: Readonly<Record<string, DraftField>> = {
  agent: "agent",
  name: "name",
  target: "target",
  ratePerSecond: "rate",
  connections: "connections",
  durationSeconds: "duration",
  method: "method",
  headers: "headers",
  body: "body",
  timeoutMs: "timeout",
  precision: "precision",
};

/** The form field that a problem's JSON pointer means. */
export function fieldOfPointer(pointer: string | undefined): DraftField | undefined {
  return fieldsByPointer[(pointer ?? "").split("/")[1] ?? ""];
}

type Fail = (reason: string) => void;

function checkTarget(target: string, fail: Fail): void {
  if (target === "") return fail("A URL is needed, such as http://127.0.0.1:8080/.");
  if (target.length > loadLimits.urlLengthMax)
    return fail(`At most ${formatCount(loadLimits.urlLengthMax)} characters.`);
  if (target.startsWith("https:"))
    return fail("Only http:// can be tested; the generator speaks plain HTTP/1.1.");
  if (!URL.canParse(target) || !target.startsWith("http://"))
    return fail("This is not a URL of the form http://host:port/path.");
}

function numberIn(text: string, min: number, max: number, fail: Fail): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(value >= min && value <= max)) fail(`A number from ${min} to ${formatCount(max)}.`);
  return value;
}

function wholeIn(text: string, min: number, max: number, fail: Fail): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(Number.isInteger(value) && value >= min && value <= max))
    fail(`A whole number from ${min} to ${formatCount(max)}.`);
  return value;
}

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerValue = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** One `Name: value` a line. */
function headersOf(text: string, fail: Fail): { name: string; value: string }[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > loadLimits.headersMax) fail(`At most ${loadLimits.headersMax} headers.`);
  return lines.map((line) => {
    const split = line.indexOf(":");
    const name = line.slice(0, Math.max(0, split)).trim();
    const value = line.slice(split + 1).trim();
    if (split < 1) fail(`“${line.trim()}” is not of the form Name: value.`);
    else if (!headerName.test(name) || name.length > loadLimits.headerNameLengthMax)
      fail(`“${name}” cannot be a header's name.`);
    else if (!headerValue.test(value) || value.length > loadLimits.headerValueLengthMax)
      fail(`The value of “${name}” has characters that a header cannot carry.`);
    return { name, value };
  });
}
