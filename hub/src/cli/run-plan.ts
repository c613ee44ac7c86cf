// From the options of `runs start` to the request. What is a secret comes from files: every user of a host can read argv.
import { readFileSync } from "node:fs";
import type { NewRun } from "@tidemark/proto";
import { CommandFailed } from "../errors.ts";

export interface StartOptions {
  readonly agent: string;
  readonly rate: string;
  readonly connections: string;
  readonly duration: string;
  /** Seconds. */
  readonly timeout?: string;
  readonly precision?: string;
  readonly method: string;
  readonly header?: readonly string[];
  readonly headerFile?: string;
  readonly body?: string;
  readonly bodyFile?: string;
  readonly name?: string;
  readonly watch?: true;
  readonly json?: true;
}

/** The request; the hub says what is wrong with it. Throws CommandFailed for what cannot be read, without showing its content. */
export function newRun(
  target: string,
  agent: string,
  options: StartOptions,
): Partial<Record<keyof NewRun, unknown>> {
  const { header = [], headerFile, bodyFile, timeout } = options;
  return {
    agent,
    target,
    name: options.name,
    method: options.method.toUpperCase(),
    headers: [
      ...header.map((text, index) => headerOf(text, `--header, number ${index + 1}`)),
      ...(headerFile === undefined ? [] : headersIn(headerFile)),
    ],
    body: bodyFile === undefined ? options.body : textOf("--body-file", bodyFile),
    ratePerSecond: Number(options.rate),
    connections: Number(options.connections),
    durationSeconds: Number(options.duration),
    timeoutMs: timeout === undefined ? undefined : Math.round(Number(timeout) * 1_000),
    precision: options.precision,
  };
}

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
    throw new CommandFailed(`${where} is not name: value`);
  return { name, value };
}

function textOf(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailed(`${option} ${file} cannot be read: ${reason}`, { cause });
  }
}
