// The one thing that goes wrong with a request: the hub said no (a problem), or did not answer at all.
import type { Problem, ProblemCode } from "@tidemark/proto";

export type FailureCode = ProblemCode | "unreachable";

/** A request without the answer it wanted. `field` is the JSON pointer of the input at fault, where the hub named one. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly code: FailureCode;
  readonly field: string | undefined;

  constructor(
    code: FailureCode,
    detail: string,
    options: { field?: string; cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.field = options.field;
  }
}

export function failureOf(problem: Partial<Problem>, status: number): ApiFailure {
  const code = (problem.code ?? codeOfStatus(status)) as FailureCode;
  const detail = sentence(
    problem.detail ?? problem.title ?? `the hub answered with status ${status}`,
  );
  return new ApiFailure(code, detail, problem.field === undefined ? {} : { field: problem.field });
}

function codeOfStatus(status: number): FailureCode {
  if (status === 401) return "not-signed-in";
  if (status === 404) return "not-found";
  if (status === 429) return "too-many-requests";
  return status >= 500 ? "unavailable" : "invalid-request";
}

/** The hub's details are fragments; a reader gets sentences. */
function sentence(fragment: string): string {
  const text = fragment.trim();
  const end = /[.!?…]$/.test(text) ? "" : ".";
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}
