// What neither wrk nor wrk2 can be asked for, beyond the capability table.
import { type LoadPlan, tlsSchemes } from "@tidemark/proto";
import { singleReportFault } from "../output/stretch.ts";

/** The plan's field and why `program` cannot honour it; undefined when it can. */
export function commonFault(program: string, plan: LoadPlan): string | undefined {
  const { target, tls, method, durationMs, connections, workers = 1 } = plan;
  if (tlsSchemes.includes(new URL(target).protocol) && tls?.skipVerify !== true)
    return `tls/skipVerify: ${program} checks no certificate; allow that in the plan or use http1`;
  if (method === "HEAD")
    return `method: ${program} waits for a body that the answer to a HEAD never has; use http1`;
  if (durationMs % 1_000 !== 0)
    return `durationMs: ${program} counts whole seconds, ${durationMs} ms are none`;
  if (connections % workers !== 0)
    return `connections: ${program} divides them among its threads and leaves the rest out: ${connections} are no multiple of ${workers} workers`;
  return singleReportFault(program, plan);
}
