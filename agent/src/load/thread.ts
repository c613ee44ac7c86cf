// The program of every load thread; `workerData` says which body it runs.
// Bodies are imported when wanted: a pacer needs none of what a generator does and is up in half the time.
import { parentPort, workerData } from "node:worker_threads";
import type { GeneratorStart } from "./generator/generator-thread.ts";
import type { PacerStart } from "./pacers/pacer-thread.ts";
import type { TrialStart } from "./trial.ts";

const start: GeneratorStart | PacerStart | TrialStart = workerData;
switch (start.kind) {
  case "pacer": {
    const { pace } = await import("./pacers/pacer-thread.ts");
    pace(start);
    break;
  }
  case "generator": {
    const { generate } = await import("./generator/generator-thread.ts");
    await generate(start);
    break;
  }
  case "trial": {
    const { tryPlan } = await import("./trial-thread.ts");
    parentPort?.postMessage(await tryPlan(start));
    break;
  }
}
