// Name, labels and placement of a document from elsewhere.
import {
  AgentLabels,
  LabelSelector,
  Placement,
  type ProfileSpec,
  isAgentId,
} from "@tidemark/proto";
import { checker } from "../../schema-check.ts";
import type { Notes } from "./draft.ts";
import { agentsLabel, descriptionLabel, selectorLabel } from "./smp-names.ts";

/** Control characters, and what is invisible or turns the text around it: see proto's `plainText`. */
const unseen = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

export function nameOf(
  given: string | undefined,
  otherwise: string,
  notes: Notes,
): Pick<ProfileSpec, "name"> {
  const name = (given ?? "").replace(unseen, "").slice(0, 128);
  if (name.trim() === "") {
    notes.remark("/name", `the document gives none: ${otherwise}`);
    return { name: otherwise };
  }
  if (name !== given) notes.remark("/name", "it was shortened, or characters nobody sees left out");
  return { name };
}

const checkLabels = checker(AgentLabels);

/** Those a profile can have, and its description. */
export function labelsOf(
  given: ReadonlyMap<string, string>,
  notes: Notes,
): Pick<ProfileSpec, "labels" | "description"> {
  const labels: Record<string, string> = {};
  const description = given.get(descriptionLabel)?.replace(unseen, "").slice(0, 2_000);
  for (const [key, value] of given) {
    if (reserved.includes(key)) continue;
    const fits = checkLabels({ ...labels, [key]: value }) === undefined;
    if (fits) labels[key] = value;
    else
      notes.remark(
        "/labels",
        `the label ${key.slice(0, 64)} is left out: a profile cannot have it`,
      );
  }
  return {
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(description !== undefined && { description }),
  };
}

/** Of a document that Tidemark wrote; of any other nobody is placed yet. */
export function placementOf(
  given: ReadonlyMap<string, string>,
  notes: Notes,
): Pick<ProfileSpec, "placement"> {
  const selector = given.get(selectorLabel);
  if (selector !== undefined && checkSelector(selector) === undefined)
    return { placement: { selector } };
  const agents = given.get(agentsLabel)?.split(",").filter(isAgentId);
  const placement = agents === undefined ? {} : { agents };
  if (checkPlacement(placement) === undefined) return { placement };
  notes.remark("/placement", `the label ${agentsLabel} names no agents`);
  return { placement: {} };
}

const checkSelector = checker(LabelSelector);
const checkPlacement = checker(Placement);
const reserved: readonly string[] = [agentsLabel, descriptionLabel, selectorLabel];
