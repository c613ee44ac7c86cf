import type { ValidityFinding, ValidityRule } from "@tidemark/proto";
import type { RunFacts } from "../facts.ts";

export type Finding = Omit<ValidityFinding, "rule">;

/** One thing a run is held against. Pure; a rule that lacks what it needs to judge finds nothing. */
export interface Rule {
  readonly name: ValidityRule;
  judge(facts: RunFacts): readonly Finding[];
}

export const noted = (detail: string): Finding => ({ level: "noted", detail });
export const flagged = (detail: string): Finding => ({ level: "flagged", detail });
export const invalid = (detail: string): Finding => ({ level: "invalid", detail });
