// The charts of a running receiver: frozen when they are due, and held in memory as they are shown.
import type { SharingCatalogue } from "@tidemark/proto";
import type { ChartStore, FrozenChart } from "./chart-store.ts";
import { freezeDue } from "./freezing.ts";

export interface Charts {
  /** All that are frozen, the newest period first. */
  shown(): readonly FrozenChart[];
  stop(): Promise<void>;
}

export interface ChartsParts {
  readonly store: ChartStore;
  readonly catalogues: readonly SharingCatalogue[];
  readonly now: () => number;
  /** Charts were frozen. */
  readonly frozen: (count: number) => void;
  /** They were not, and are tried again in an hour. */
  readonly failed: (cause: unknown) => void;
}

const hourMs = 3_600_000;

/** Freezes what is due, now and every hour. A failure at the start is the starter's. */
export async function openCharts(parts: ChartsParts): Promise<Charts> {
  const { store, catalogues, now, frozen, failed } = parts;
  const freezing = async () => {
    const count = await freezeDue(store, catalogues, now(), "maintainers");
    if (count > 0) frozen(count);
    return store.frozen();
  };
  let shown = await freezing();
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(freezing).then((charts) => {
      shown = charts;
    }, failed);
  }, hourMs).unref();
  return {
    shown: () => shown,
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
