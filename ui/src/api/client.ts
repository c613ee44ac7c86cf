// The shell around fetch: same-origin JSON under /api/v1, problems as ApiFailure, one place that notices an ended session.
// Answers are trusted as their proto types: the hub checks them against the same schemas, and a second check in the
// browser would cost typebox (40 kB) for nothing.
import type { Problem } from "@tidemark/proto";
import { ApiFailure, failureOf } from "./errors.ts";

export type Query = Readonly<
  Record<string, string | number | undefined | readonly (string | number)[]>
>;

export interface RequestOptions {
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** A request that hangs longer than this has failed. */
const requestTimeoutMs = 20_000;

let sessionEnded: () => void = () => undefined;

/** Who to tell when the hub says that nobody is signed in. */
export function onSessionEnded(listener: () => void): void {
  sessionEnded = listener;
}

export function apiUrl(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    const values = Array.isArray(value) ? value : [value];
    for (const item of values) search.append(key, String(item));
  }
  const text = search.toString();
  return `/api/v1${path}${text === "" ? "" : `?${text}`}`;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The answer to a request; throws ApiFailure, or the signal's AbortError. */
export async function request<T>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<T> {
  const response = await exchange(method, path, options);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** A document that is no JSON of the contract's, as it stands. */
export async function requestText(path: string, options: RequestOptions = {}): Promise<string> {
  return (await exchange("GET", path, options)).text();
}

async function exchange(method: Method, path: string, options: RequestOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const headers: Record<string, string> = { accept: "application/json" };
  if (options.body !== undefined) headers["content-type"] = "application/json";
  const init: RequestInit = { method, headers, signal };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  let response: Response;
  try {
    response = await fetch(apiUrl(path, options.query), init);
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiFailure("unreachable", "The hub does not answer. It may be restarting.", {
      cause,
    });
  }
  if (response.ok) return response;
  const failure = failureOf(await problemOf(response), response.status);
  if (failure.code === "not-signed-in") sessionEnded();
  throw failure;
}

/** Asks whether the session still counts; if not, `onSessionEnded`'s listener hears of it. */
export function checkSession(): void {
  request("GET", "/session").catch((cause: unknown) => {
    // Any failure has reached whom it concerns: an ended session the listener, an absent hub the pages' own requests.
    if (!(cause instanceof ApiFailure)) throw cause;
  });
}

async function problemOf(response: Response): Promise<Partial<Problem>> {
  if (!(response.headers.get("content-type") ?? "").includes("json")) return {};
  return (await response.json()) as Problem;
}
