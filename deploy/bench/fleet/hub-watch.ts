// Loaded into a hub that is measured (node --import): how late its event loop is, as the hub's own /metrics says it, over a
// time that the bench chooses. Speaks over the process's IPC channel.
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import type { LoopDelay } from "./hub-process.ts";

const loop = monitorEventLoopDelay({ resolution: 10 });
const ms = (nanoseconds: number) => nanoseconds / 1e6;

process.on("message", (asked) => {
  if (asked === "begin") {
    loop.enable();
    loop.reset();
    process.send?.({ begun: true });
    return;
  }
  const delay: LoopDelay = {
    p50: ms(loop.percentile(50)),
    p99: ms(loop.percentile(99)),
    max: ms(loop.max),
  };
  process.send?.(delay);
});
// Listening to the bench is no reason to live on; its end, even by kill -9, is one to stop.
process.channel?.unref();
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
