// What a run is worth: every rule's findings, and the worst of them. Pure.
import type { Validity, ValidityFinding } from "@tidemark/proto";
import type { RunFacts } from "./facts.ts";
import type { Rule } from "./rules/rule.ts";
import { rules, searchRules } from "./rules/index.ts";

/** The worst first. */
const levels = ["invalid", "flagged", "noted"] as const;
/** As the API shows them. */
const findingsMax = 32;
const detailLengthMax = 512;

export function validityOf(facts: RunFacts): Validity {
  const applied: readonly Rule[] = facts.record.search === undefined ? rules : searchRules;
  const found = applied.flatMap((rule) =>
    rule.judge(facts).map((finding) => ({ rule: rule.name, ...finding })),
  );
  const worst = levels.find((level) => found.some((finding) => finding.level === level));
  return {
    level: worst === undefined || worst === "noted" ? "valid" : worst,
    findings: shown(found),
  };
}

/** Of many agents each may have its findings: those that decide come first, and the rest are counted. */
function shown(found: readonly ValidityFinding[]): ValidityFinding[] {
  const cut = found.map((finding) => ({ ...finding, detail: shortened(finding.detail) }));
  if (cut.length <= findingsMax) return cut;
  const decisive = levels.flatMap((worst) => cut.filter(({ level }) => level === worst));
  const kept = decisive.slice(0, findingsMax - 1);
  const [next] = decisive.slice(findingsMax - 1);
  const left = cut.length - kept.length;
  return next === undefined
    ? kept
    : [...kept, { ...next, detail: shortened(`${left} more, the first: ${next.detail}`) }];
}

const shortened = (text: string) =>
  text.length <= detailLengthMax ? text : `${text.slice(0, detailLengthMax - 1)}…`;
