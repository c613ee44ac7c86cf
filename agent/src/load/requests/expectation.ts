// Whether an answer is what the plan expects: its status, and a text somewhere in its body.
import type { LoadPlan } from "@tidemark/proto";

export interface Expectation {
  /** HTTP's or gRPC's; drivers without statuses pass 0. */
  status(code: number): boolean;
  /** What the body must hold, UTF-8; undefined when anything will do. */
  readonly body: Buffer | undefined;
}

const statusesMax = 1_000;

export function openExpectation({
  driver,
  expect = {},
}: Pick<LoadPlan, "driver" | "expect">): Expectation {
  const { statuses = [driver === "grpc" ? "0" : "0-399"], body } = expect;
  const wanted = new Uint8Array(statusesMax);
  for (const range of statuses) wanted.fill(1, ...boundsOf(range));
  return {
    status: (code) => wanted[code] === 1,
    body: body === undefined ? undefined : Buffer.from(body),
  };
}

/** First and one past the last status of "200", "2xx" or "200-299". */
function boundsOf(range: string): [number, number] {
  if (range.endsWith("xx")) {
    const first = Number(range.slice(0, 1)) * 100;
    return [first, first + 100];
  }
  const [first = 0, last = first] = range.split("-").map(Number);
  return [first, last + 1];
}
