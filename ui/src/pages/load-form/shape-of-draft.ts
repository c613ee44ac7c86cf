// The shape of load that a draft describes, with the fields at fault named. Pure.
import { loadLimits } from "@tidemark/proto";
import type { Draft, DraftField, Shape } from "./draft.ts";
import { numberIn, wholeIn } from "./numbers.ts";

type FailField = (field: DraftField, reason: string) => void;

const rateMin = 0.001;
const rateMax = loadLimits.ratePerSecondMax;

export function shapeOfDraft(draft: Draft, fail: FailField): Shape {
  const rate = (field: "rate" | "fromRate" | "toRate", min: number) =>
    numberIn(draft[field], min, rateMax, (reason) => fail(field, reason));
  switch (draft.shape) {
    case "constant":
      return { kind: "constant", ratePerSecond: rate("rate", rateMin) };
    case "poisson":
      return {
        kind: "poisson",
        ratePerSecond: rate("rate", rateMin),
        seed: wholeIn(draft.seed, 0, 0xffff_ffff, (reason) => fail("seed", reason)),
      };
    case "ramp": {
      const fromPerSecond = rate("fromRate", 0);
      const toPerSecond = rate("toRate", 0);
      if (fromPerSecond === 0 && toPerSecond === 0)
        fail("toRate", "A ramp from 0 to 0 sends nothing.");
      return { kind: "ramp", fromPerSecond, toPerSecond };
    }
    case "stages":
      return stagesOf(draft, fail);
    case "closed":
      return {
        kind: "closed",
        clients: wholeIn(draft.clients, 1, loadLimits.connectionsMax, (reason) =>
          fail("clients", reason),
        ),
        thinkMs: numberIn(draft.thinkMs, 0, loadLimits.thinkMsMax, (reason) =>
          fail("thinkMs", reason),
        ),
      };
    case "max":
      return { kind: "max" };
    case "search":
      return searchOf(draft, rate("fromRate", rateMin), rate("toRate", rateMin), fail);
  }
}

function stagesOf(draft: Draft, fail: FailField): Shape {
  const fromPerSecond = numberIn(draft.stagesFrom, 0, rateMax, (reason) =>
    fail("stagesFrom", reason),
  );
  const stages = draft.stages.map(({ seconds, toRate }, index) => {
    const failStage = (reason: string) => fail("stages", `Stage ${index + 1}: ${reason}`);
    const length = numberIn(seconds, 0.1, loadLimits.durationMsMax / 1_000, failStage);
    return {
      durationMs: Math.round(length * 1_000),
      toPerSecond: numberIn(toRate, 0, rateMax, failStage),
    };
  });
  if (stages.length === 0) fail("stages", "At least one stage.");
  if (fromPerSecond === 0 && stages.every(({ toPerSecond }) => toPerSecond === 0))
    fail("stages", "No stage sends anything.");
  return { kind: "stages", fromPerSecond, stages };
}

function searchOf(
  draft: Draft,
  fromPerSecond: number,
  toPerSecond: number,
  fail: FailField,
): Shape {
  if (toPerSecond <= fromPerSecond) fail("toRate", `More than ${draft.fromRate}.`);
  return {
    kind: "search",
    objective: {
      percentile: numberIn(draft.percentile, 0.001, 100, (reason) => fail("percentile", reason)),
      responseMs: numberIn(draft.responseMs, 0.001, 3_600_000, (reason) =>
        fail("responseMs", reason),
      ),
      errorRatioMax: ratioOf(
        numberIn(draft.errorPercent, 0, 100, (reason) => fail("errorPercent", reason)),
      ),
    },
    fromPerSecond,
    toPerSecond,
    stepSeconds: numberIn(draft.stepSeconds, 1, 3_600, (reason) => fail("stepSeconds", reason)),
    toleranceRatio: ratioOf(
      numberIn(draft.tolerancePercent, 0.1, 50, (reason) => fail("tolerancePercent", reason)),
    ),
  };
}

/** Without the digits that a division by a hundred adds. */
const ratioOf = (percent: number) => Number((percent / 100).toPrecision(12));
