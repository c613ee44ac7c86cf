// Where a page of runs begins, as text that a client hands back.
import { isRunId } from "@tidemark/proto";
import { RequestRefused } from "../errors.ts";
import type { RunCursor } from "../store/runs.ts";

export function cursorText({ createdAtMs, id }: RunCursor): string {
  return `${createdAtMs}.${id}`;
}

/** Throws RequestRefused for what `cursorText` did not write. */
export function cursorOf(text: string): RunCursor {
  const [ms = "", id = "", ...rest] = text.split(".");
  if (!/^\d{1,15}$/.test(ms) || !isRunId(id) || rest.length > 0)
    throw new RequestRefused("invalid-request", "the cursor is not one this hub gave", {
      field: "/cursor",
    });
  return { createdAtMs: Number(ms), id };
}
