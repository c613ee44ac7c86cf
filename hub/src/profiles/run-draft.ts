// A run that was made up for the occasion, as a draft of a profile. Its plan is stored without what may be secret or is large
// (load/blank.ts), so that this has to be given again: it is missing. Pure.
import type { LoadPlan, ProfileDraft, ProfileSpec } from "@tidemark/proto";
import type { RunRecord } from "../store/run-row.ts";
import { type Notes, draftOf, newNotes } from "./exchange/draft.ts";

/** `agents`: who carried it out, in the order of their shares. */
export function runDraft(
  { name, plan, search, bodyBytes }: Pick<RunRecord, "name" | "plan" | "search" | "bodyBytes">,
  agents: readonly string[],
): ProfileDraft {
  const notes = newNotes();
  const spec: ProfileSpec = {
    name: name.trim() === "" ? hostOf(plan) : name,
    load: loadOf(plan, search),
    placement: agents.length > 0 ? { agents: [...agents] } : {},
  };
  if (name.trim() === "") notes.remark("/name", "the run has none: its target's host");
  sayBlanks(plan, bodyBytes, notes);
  return draftOf(spec, notes);
}

const hostOf = ({ target }: LoadPlan) =>
  (URL.canParse(target) ? new URL(target).host : target).slice(0, 128) || "run";

function loadOf(plan: LoadPlan, search: RunRecord["search"]): ProfileSpec["load"] {
  const { pacing, durationMs, warmupMs, share: _share, headers, body, ...rest } = plan;
  const isConstant = search === undefined && pacing.kind === "constant";
  return {
    ...rest,
    ...(headers.length > 0 && { headers }),
    ...(body !== "" && { body }),
    ...(isConstant
      ? { ratePerSecond: pacing.ratePerSecond }
      : { pacing: search === undefined ? pacing : search.asked }),
    // A search says how long its steps are.
    ...(search === undefined && { durationSeconds: durationMs / 1_000 }),
    ...(warmupMs !== undefined && { warmupSeconds: warmupMs / 1_000 }),
  };
}

function sayBlanks(plan: LoadPlan, bodyBytes: number, notes: Notes): void {
  const { headers, requests, feed, tls, grpc } = plan;
  for (const [index, { name }] of headers.entries())
    notes.lack(`/load/headers/${index}/value`, `the value of ${name} is not kept with a run`);
  if (bodyBytes > 0)
    notes.lack("/load/body", `the body, ${bodyBytes} bytes, is not kept with a run`);
  if (feed !== undefined) notes.lack("/load/feed/csv", "the rows are not kept with a run");
  if (tls?.ca !== undefined)
    notes.lack("/load/tls/ca", "the certificate authorities are not kept with a run");
  if (requests !== undefined)
    notes.remark(
      "/load/requests",
      "headers and bodies of their own, if they had any, are not kept with a run",
    );
  if (grpc !== undefined)
    notes.remark("/load/grpc", "the .proto file, if one was given, is not kept with a run");
}
