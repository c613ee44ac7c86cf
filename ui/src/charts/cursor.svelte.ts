// One time that every chart of a page points at: the pointer's, in whichever chart it is.

export interface CursorScope {
  /** Unix seconds; undefined while no chart is pointed at. */
  time: number | undefined;
}

export function createCursor(): CursorScope {
  let time = $state<number | undefined>(undefined);
  return {
    get time() {
      return time;
    },
    set time(next: number | undefined) {
      time = next;
    },
  };
}
