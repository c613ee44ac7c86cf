// The rules, in the order their findings are told. deploy/docs/validity.md lists each one's thresholds.
import { bimodal } from "./bimodal.ts";
import { clock } from "./clock.ts";
import { errors } from "./errors.ts";
import { generator } from "./generator.ts";
import { host } from "./host.ts";
import { incomplete } from "./incomplete.ts";
import type { Rule } from "./rule.ts";
import { suspect } from "./suspect.ts";
import { tail } from "./tail.ts";
import { unstable } from "./unstable.ts";
import { warmUp } from "./warm-up.ts";

export const rules = [
  incomplete,
  generator,
  host,
  clock,
  warmUp,
  unstable,
  errors,
  tail,
  bimodal,
  suspect,
] as const satisfies readonly Rule[];

/** A search has sent nothing itself: its steps have, and its answer says which of them could be believed. */
export const searchRules = [incomplete, suspect] as const satisfies readonly Rule[];
