// gRPC's status codes, and where a response says its own.
import type { Field } from "../../http2/header-table.ts";

const names = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

export function statusName(code: number): string {
  return names[code] ?? `code ${code}`;
}

/** The status that trailers, or a head without a body, hold; -1 when they hold none. */
export function statusIn(fields: readonly Field[]): number {
  const value = fields.find(({ name }) => name === "grpc-status")?.value;
  return value !== undefined && /^\d{1,2}$/.test(value) ? Number(value) : -1;
}

/** What the server says about its status; it is percent-encoded UTF-8. */
export function statusMessageIn(fields: readonly Field[]): string {
  const value = fields.find(({ name }) => name === "grpc-message")?.value ?? "";
  try {
    return decodeURIComponent(value);
  } catch {
    // It is shown as it came.
    return value;
  }
}

/** What an HTTP status means where a proxy answered in place of gRPC (gRPC's http-grpc-status-mapping). */
export function statusOfHttp(status: number): number {
  switch (status) {
    case 400:
      return 13;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return 12;
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return 2;
  }
}
