// A spin: about 1 µs late, and a whole core busy. The runner refuses it on hosts of one or two cores.
import type { Pacer } from "./pacer.ts";

export const exact: Pacer = {
  async ready({ tick }) {
    let spinning = true;
    const spin = () => {
      if (!spinning) return;
      tick();
      setImmediate(spin);
    };
    return {
      begin: () => void setImmediate(spin),
      saturated: () => undefined,
      async stop() {
        spinning = false;
      },
    };
  },
};
