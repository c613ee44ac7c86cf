// Every error the API answers with, as problem+json (RFC 9457) with a code of the closed list. What the framework throws is
// translated here, once; anything unforeseen becomes `internal` without a word of its message, which goes to the log.
import { type Problem, type ProblemCode, problemCodes } from "@tidemark/proto";
import { NoRespondersError, TimeoutError } from "@nats-io/transport-node";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { RequestRefused } from "../errors.ts";
import { SharingConflict, SharingLocked } from "../sharing/errors.ts";
import { AgentRefused } from "../state/agents.ts";
import { PasswordsBusy } from "../state/password.ts";

const titles: Readonly<Record<ProblemCode, string>> = {
  "invalid-request": "The request does not fit",
  "not-signed-in": "Credentials are needed",
  "wrong-credentials": "The credentials are wrong",
  forbidden: "This is not allowed",
  "not-found": "There is no such thing",
  "method-not-allowed": "The method does not exist here",
  conflict: "The request conflicts with what is",
  "agent-offline": "The agent is not connected",
  "agent-refused": "The agent refused",
  "body-too-large": "The body is too large",
  "unsupported-media-type": "The body is of an unknown type",
  "too-many-requests": "Too many requests",
  internal: "The hub failed",
  unavailable: "The hub cannot do this now",
};

export function problemOf(code: ProblemCode, detail: string, field?: string): Problem {
  return {
    type: `urn:tidemark:problem:${code}`,
    title: titles[code],
    status: problemCodes[code],
    code,
    detail: detail.slice(0, 2_048),
    ...(field === undefined ? {} : { field: field.slice(0, 256) }),
  };
}

export const problemType = "application/problem+json; charset=utf-8";

/** Answers with a problem, past the reply schemas. */
function sendProblem(reply: FastifyReply, refused: RequestRefused): FastifyReply {
  const problem = problemOf(refused.code, refused.message, refused.field);
  if (refused.retryAfterSeconds !== undefined)
    reply.header("retry-after", String(refused.retryAfterSeconds));
  if (problem.code === "not-signed-in") reply.header("www-authenticate", "Bearer");
  return reply
    .code(problem.status)
    .header("content-type", problemType)
    .header("cache-control", "no-store")
    .serializer(JSON.stringify)
    .send(problem);
}

/** The server's error handler. */
export function answerError(
  error: FastifyError | RequestRefused | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refused = translate(error);
  if (problemCodes[refused.code] >= 500)
    request.log.error(
      { err: error, method: request.method, route: request.routeOptions.url, request: request.id },
      "request failed",
    );
  return sendProblem(reply, refused);
}

function translate(error: Error): RequestRefused {
  if (error instanceof RequestRefused) return error;
  if (
    error instanceof AgentRefused ||
    error instanceof SharingConflict ||
    error instanceof SharingLocked
  )
    return new RequestRefused("conflict", error.message);
  if (error instanceof PasswordsBusy)
    return new RequestRefused("too-many-requests", "too many sign-ins at once; try again", {
      retryAfterSeconds: 2,
    });
  if (error instanceof TimeoutError || error instanceof NoRespondersError)
    return new RequestRefused("unavailable", "the broker does not answer; try again", {
      retryAfterSeconds: 5,
    });
  const code = "code" in error ? error.code : undefined;
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new RequestRefused("body-too-large", "the body is larger than this route takes");
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new RequestRefused("unsupported-media-type", "the body must be application/json");
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return new RequestRefused("invalid-request", "the body is empty; JSON was announced");
    case "FST_ERR_CTP_INVALID_JSON_BODY":
      return new RequestRefused("invalid-request", "the body is not JSON");
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new RequestRefused("invalid-request", "the body's length is not the announced one");
    case "FST_ERR_BAD_URL":
    case "FST_ERR_MAX_PARAM_LENGTH":
      return new RequestRefused("invalid-request", "the path is malformed");
    default:
      return isClientError(error)
        ? new RequestRefused("invalid-request", "the request is malformed")
        : new RequestRefused("internal", "an unforeseen error; the hub's log says which");
  }
}

const isClientError = (error: Error) =>
  "statusCode" in error &&
  typeof error.statusCode === "number" &&
  error.statusCode >= 400 &&
  error.statusCode < 500;
