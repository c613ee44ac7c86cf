// Sets a run going once it is in memory, and says when its common start has come.
import type { AgentId, LoadPlan } from "@tidemark/proto";
import type { Logger } from "pino";
import type { Dispatcher } from "../tasks/dispatcher.ts";
import type { Change } from "./changes.ts";
import type { Endings } from "./end.ts";
import type { KnownRun } from "./known-run.ts";
import { type Refused, begun, startTogether } from "./start.ts";

export type Launched = { readonly kind: "launched"; readonly known: KnownRun } | Refused;

export interface Launch {
  /** `plan`: with everything in it, secret or not. */
  launch(known: KnownRun, plan: LoadPlan): Promise<Launched>;
  stop(): void;
}

export function openLaunch(deps: {
  readonly dispatcher: Dispatcher;
  readonly change: Change;
  readonly endings: Endings;
  readonly nameOf: (agent: AgentId) => string;
  readonly now: () => number;
  readonly log: Logger;
}): Launch {
  const { dispatcher, change, endings, nameOf, now, log } = deps;
  const starts = new Set<NodeJS.Timeout>();

  function beginIn(known: KnownRun, startsInMs: number): void {
    const timer = setTimeout(() => {
      starts.delete(timer);
      change(known, begun).catch((err: unknown) =>
        log.warn({ err, run: known.record.id }, "a run's start could not be stored"),
      );
    }, startsInMs);
    starts.add(timer);
  }

  return {
    async launch(known, plan) {
      const started = await startTogether({ known, plan, dispatcher, change, nameOf, now });
      if (started.kind === "refused") return started;
      const { id, createdBy: user } = known.record;
      log.info({ run: id, agents: known.assignments.size, user }, "run started");
      // Cancelled while its agents were asked: one may have taken the run after it was told to end it.
      if (known.cancelled) await endings.ask(known, user);
      else if (started.startsInMs > 0) beginIn(known, started.startsInMs);
      return { kind: "launched", known };
    },
    stop() {
      for (const timer of starts) clearTimeout(timer);
    },
  };
}
