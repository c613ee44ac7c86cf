// Failures. flagged: from 1 % on latencies are withheld, and the error figure counts: a release that fails more is worse, not
// unmeasured. invalid: nothing at all was answered as the plan expects, which is a wrong address or credential, and no release.
import { errorRatioMax } from "../figures.ts";
import { type Rule, flagged, invalid } from "./rule.ts";
import { percent } from "./words.ts";

export const errors = {
  name: "errors",
  judge({ run, figures }) {
    const { completed, unexpected, due } = run.counts;
    if (due > 0 && completed === unexpected)
      return [
        invalid(
          completed === 0
            ? "no request was answered"
            : `none of ${completed} answers was what the plan expects`,
        ),
      ];
    if (figures.errorRatio < errorRatioMax) return [];
    return [
      flagged(
        `${percent(figures.errorRatio)} of the requests failed, were dropped or answered otherwise than expected; from ${percent(errorRatioMax)} on latencies are withheld`,
      ),
    ];
  },
} as const satisfies Rule;
