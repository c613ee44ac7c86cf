// Which row of a feed a request gets. In order, request k of the whole run gets row k whichever agent and worker sends it, so
// that no row is sent twice before all were; at random, every share draws from a seed of its own.
import { type LoadPlan, type Share, parseFeed } from "@tidemark/proto";
import { NothingToSend, PlanRejected } from "../drivers/driver.ts";

/** The values for this generator's n-th request; undefined without a feed. Called with n = 0, 1, 2 … */
export type RowOf = (n: number) => readonly string[] | undefined;

export function openRows(feed: LoadPlan["feed"], { index, of }: Share): RowOf {
  if (feed === undefined) return () => undefined;
  const table = parseFeed(feed.csv);
  if (table.kind === "faulty") throw new PlanRejected(`feed/csv: ${table.reason}`);
  const rows = table.rows.map(({ values }) => values);
  switch (feed.order) {
    case "cycle":
      return (n) => rows[(index + n * of) % rows.length];
    case "random": {
      const draw = seeded(index);
      return () => rows[Math.floor(draw() * rows.length)];
    }
    case "once":
      return (n) => {
        const row = rows[index + n * of];
        if (row === undefined)
          throw new NothingToSend(`the feed has no more rows: all ${rows.length} were sent once`);
        return row;
      };
  }
}

/** mulberry32: 32 bits of state are plenty to draw rows from. Numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
