// Notices to the hub, from the first moment on: what is told before the lanes are open waits for them.
import type { Lanes } from "./ship/lanes.ts";
import type { Notice } from "./telemetry.ts";

export interface Notices {
  readonly notice: Notice;
  readonly open: (lanes: Pick<Lanes, "event">) => void;
}

const earlyMax = 64;
const detailLengthMax = 512;

export function createNotices(now: () => number): Notices {
  const early: Parameters<Notice>[] = [];
  let lanes: Pick<Lanes, "event"> | undefined;
  const notice: Notice = (code, detail) => {
    if (lanes !== undefined)
      lanes.event({ kind: "notice", atMs: now(), code, detail: detail.slice(0, detailLengthMax) });
    else if (early.length < earlyMax) early.push([code, detail]);
  };
  return {
    notice,
    open(opened) {
      lanes = opened;
      for (const told of early.splice(0)) notice(...told);
    },
  };
}
