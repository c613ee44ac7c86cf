// From the command line of `tidemark run` to the request. A file may hold all of it; options say the rest and win. What is a
// secret comes from files or by name: every user of a host can read argv.
import { readFileSync } from "node:fs";
import type { NewRun } from "@tidemark/proto";
import { parse as parseYaml } from "yaml";
import { InputWrong } from "../errors.ts";
import { shapeOf, type ShapeOptions } from "./run-shape.ts";

export interface RunOptions extends ShapeOptions {
  /** Names or ids; made ids by the caller. */
  readonly agent?: readonly string[];
  readonly selector?: string;
  readonly file?: string;
  readonly driver?: string;
  readonly connections?: string;
  readonly streams?: string;
  readonly workers?: string;
  readonly timeout?: string;
  readonly precision?: string;
  readonly method?: string;
  readonly header?: readonly string[];
  readonly headerFile?: string;
  readonly body?: string;
  readonly bodyFile?: string;
  readonly name?: string;
}

/** A request before the hub has looked at it. */
export type RunRequest = Partial<Record<keyof NewRun, unknown>>;

/** `agents`: ids. Throws InputWrong for what cannot be read, without showing its content; the hub says what else is wrong. */
export function runRequest(
  target: string | undefined,
  agents: readonly string[],
  options: RunOptions,
): RunRequest {
  const { header = [], headerFile, body, bodyFile, selector } = options;
  const base = options.file === undefined ? {} : requestIn(options.file);
  const headers = [
    ...header.map((text, index) => headerOf(text, `--header, number ${index + 1}`)),
    ...(headerFile === undefined ? [] : headersIn(headerFile)),
  ];
  const shape = shapeOf(options);
  const given: RunRequest = {
    agents: agents.length > 0 ? agents : undefined,
    selector,
    target,
    name: options.name,
    driver: options.driver,
    method: options.method?.toUpperCase(),
    headers: headers.length > 0 ? headers : undefined,
    body: bodyFile === undefined ? body : textOf("--body-file", bodyFile),
    connections: numberOf(options.connections),
    streams: numberOf(options.streams),
    workers: numberOf(options.workers),
    timeoutMs: millisOf(options.timeout),
    precision: options.precision,
    ...shape,
  };
  return { ...without(base, given), ...defined(given) };
}

/** Options that decide the same thing replace all of what the file says of it. */
const oneOf: readonly (readonly (keyof NewRun)[])[] = [
  ["agent", "agents", "selector"],
  ["pacing", "ratePerSecond"],
];

function without(base: RunRequest, given: RunRequest): RunRequest {
  const dropped = oneOf.filter((keys) => keys.some((key) => given[key] !== undefined)).flat();
  return Object.fromEntries(
    Object.entries(base).filter(([key]) => !dropped.some((name) => name === key)),
  );
}

function defined(request: RunRequest): RunRequest {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
}

function requestIn(file: string): RunRequest {
  const text = textOf("--file", file);
  let value: unknown;
  try {
    // JSON is YAML too.
    value = parseYaml(text, { maxAliasCount: 0 });
  } catch (cause) {
    const [reason = ""] = cause instanceof Error ? cause.message.split("\n") : [];
    throw new InputWrong(`--file ${file} is neither YAML nor JSON: ${reason}`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InputWrong(`--file ${file} does not hold a request: fields and values`);
  return value;
}

const numberOf = (text: string | undefined) => (text === undefined ? undefined : Number(text));
const millisOf = (seconds: string | undefined) =>
  seconds === undefined ? undefined : Math.round(Number(seconds) * 1_000);

/** One header a line; empty lines and lines that start with # say nothing. */
function headersIn(file: string): readonly { readonly name: string; readonly value: string }[] {
  return textOf("--header-file", file)
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), where: `${file} line ${index + 1}` }))
    .filter(({ line }) => line !== "" && !line.startsWith("#"))
    .map(({ line, where }) => headerOf(line, where));
}

/** The text itself may be a secret, so that only its place is named. */
function headerOf(text: string, where: string): { readonly name: string; readonly value: string } {
  const [, name, value] = /^([^:]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InputWrong(`${where} is not name: value`);
  return { name, value };
}

function textOf(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputWrong(`${option} ${file} cannot be read: ${reason}`, { cause });
  }
}
