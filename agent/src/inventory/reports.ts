// The inventory as events: at the start and once a day. A failure is told and tried again in an hour.
import type { AgentEvent, Inventory } from "@tidemark/proto";

const daySeconds = 86_400;
const retrySeconds = 3_600;

export interface InventoryReportsDeps {
  readonly ask: () => Promise<Inventory>;
  readonly event: (event: AgentEvent) => void;
  readonly now: () => number;
  readonly failed: (cause: unknown) => void;
}

export interface InventoryReports {
  /** No event comes after; a question under way is let go. */
  readonly stop: () => void;
}

export function startInventoryReports(deps: InventoryReportsDeps): InventoryReports {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const report = async (): Promise<void> => {
    const delaySeconds = await reportOnce(deps, () => stopped);
    if (!stopped) timer = setTimeout(() => void report(), delaySeconds * 1_000);
  };
  void report();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Seconds until the next report. */
async function reportOnce(deps: InventoryReportsDeps, isStopped: () => boolean): Promise<number> {
  try {
    const inventory = await deps.ask();
    if (!isStopped()) deps.event({ kind: "inventory", atMs: deps.now(), inventory });
    return daySeconds;
  } catch (cause) {
    deps.failed(cause);
    return retrySeconds;
  }
}
