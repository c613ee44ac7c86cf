// How one schedule, one number of connections, one number of clients is divided among agents, and among an agent's workers.
// Nothing is rounded: part j of n takes requests j, j + n, j + 2n … of the one schedule, so that the parts add up exactly
// whatever the pacing, and parts of parts are parts again.
import { Type, type Static } from "typebox";
import { loadLimits } from "../limits.ts";

/** Part `index` (0 … of − 1) of `of` equal parts. */
export const Share = Type.Object(
  {
    index: Type.Integer({ minimum: 0, maximum: loadLimits.sharesMax - 1 }),
    of: Type.Integer({ minimum: 1, maximum: loadLimits.sharesMax }),
  },
  { additionalProperties: false },
);
export type Share = Static<typeof Share>;

export const wholeShare: Share = { index: 0, of: 1 };

/** How many of `total` things numbered 0, 1, 2 … belong to a share. The shares of a total add up to it. */
export function shareOf(total: number, { index, of }: Share): number {
  return Math.max(0, Math.ceil((total - index) / of));
}

/** Part `part` of a share: a share of the whole. */
export function shareWithin(share: Share, part: Share): Share {
  return { index: share.index + part.index * share.of, of: share.of * part.of };
}
