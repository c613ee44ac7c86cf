// The errors of the hub's shell: one class for each way it reacts.
import type { ProblemCode } from "@tidemark/proto";

/** The configuration has faults: all of them, each with the name of the variable, flag or key. The program exits with 2. */
export class ConfigInvalid extends Error {
  override readonly name = "ConfigInvalid";
  readonly code = "config-invalid";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration has ${problems.length} fault(s):\n${problems.join("\n")}`);
    this.problems = problems;
  }
}

/** An HTTP request is answered with a problem of the closed list instead of its reply. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
  readonly code: ProblemCode;
  /** JSON pointer of the field at fault. */
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { readonly field?: string | undefined; readonly retryAfterSeconds?: number } = {},
  ) {
    super(detail);
    this.code = code;
    this.field = more.field;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** A command of the CLI cannot do what was asked; its message is for the person who typed it. Exits with 1. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly code = "command-failed";
  readonly exitCode: number;

  /** `exitCode`: 1 unless the command documents others. */
  constructor(message: string, options: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}

/** What was typed, or what a file holds, cannot be meant. */
export class InputWrong extends CommandFailed {
  constructor(message: string, options: ErrorOptions = {}) {
    super(message, { ...options, exitCode: 2 });
  }
}

/** An error by its name, and its code where it has one: for logs, where its message may quote what it was made from. */
export function kindOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown";
  const code = "code" in cause ? String(cause.code) : "";
  return /^[\w-]{1,64}$/.test(code) ? `${cause.name} ${code}` : cause.name;
}
