// The part of a draft that a link carries: whom, what, with which driver and preset. Pure.
import { driverNames } from "@tidemark/proto";
import { draftOfPreset, emptyDraft, presetNames, type Draft } from "../load-form/draft.ts";

/** The draft a link begins with. */
export function draftOfQuery(query: URLSearchParams, usualTarget: string): Draft {
  const preset = presetNames.find((name) => name === query.get("preset"));
  const selector = query.get("selector") ?? "";
  const agents = query.get("agents") ?? query.get("agent") ?? "";
  return {
    ...emptyDraft,
    ...(preset === undefined ? {} : draftOfPreset(preset)),
    who: selector === "" ? "agents" : "selector",
    agents: agents.split(",").filter((id) => id !== ""),
    selector,
    target: query.get("target") ?? usualTarget,
    driver: driverNames.find((name) => name === query.get("driver")) ?? "",
  };
}

/** The query keys that say the draft again; undefined removes one. */
export function queryOfDraft(draft: Draft): Readonly<Record<string, string | undefined>> {
  const byLabel = draft.who === "selector";
  return {
    agent: undefined,
    like: undefined,
    agents: byLabel ? undefined : draft.agents.join(","),
    selector: byLabel ? draft.selector.trim() : undefined,
    target: draft.target.trim(),
    driver: draft.driver,
    preset: draft.preset,
  };
}
