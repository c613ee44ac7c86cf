// The run that a path names.
import { type RunId, isRunId } from "@tidemark/proto";
import { RequestRefused } from "../errors.ts";

export function noRun(id: string): RequestRefused {
  return new RequestRefused("not-found", `there is no run ${id}`);
}

/** Throws RequestRefused for what is no run's id. */
export function runIdOf(id: string): RunId {
  if (!isRunId(id)) throw noRun(id);
  return id;
}
