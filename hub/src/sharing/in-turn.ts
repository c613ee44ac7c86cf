// One thing after the other, in the order they were asked for.

export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function inTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    // What fails is its asker's; the next one begins all the same.
    last = done.catch(() => undefined);
    return done;
  };
}
