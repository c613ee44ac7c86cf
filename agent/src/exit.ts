// What the process says and returns when a command fails.
import { ConfigRejected, EnrolmentFailed, IdentityRejected } from "./errors.ts";

export interface Failure {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function failureOf(cause: unknown, asJson: boolean): Failure {
  if (cause instanceof ConfigRejected) {
    const { faults, message } = cause;
    const text = `${message}:\n${faults.map((fault) => `  ${fault}\n`).join("")}`;
    return refusal(asJson, { ok: false, faults }, text);
  }
  if (cause instanceof IdentityRejected || cause instanceof EnrolmentFailed) {
    const { code, message } = cause;
    return refusal(asJson, { ok: false, code, message }, `${message}\n`);
  }
  const exitCode = usageExitCode(cause);
  if (exitCode !== undefined) return { exitCode, stdout: "", stderr: "" };
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return { exitCode: 70, stdout: "", stderr: `${text}\n` };
}

function refusal(asJson: boolean, json: object, text: string): Failure {
  return asJson
    ? { exitCode: 1, stdout: `${JSON.stringify(json)}\n`, stderr: "" }
    : { exitCode: 1, stdout: "", stderr: text };
}

/** commander has said what is wrong already. Known by its code, so that the agent that stays need not load it. */
function usageExitCode(cause: unknown): number | undefined {
  if (!(cause instanceof Error && "code" in cause && "exitCode" in cause)) return undefined;
  if (!String(cause.code).startsWith("commander.")) return undefined;
  return cause.exitCode === 0 ? 0 : 2;
}
