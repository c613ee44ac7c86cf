// Loaded into a receiver that is measured (node --import): collects garbage when the bench asks, over the process's IPC channel, so that
// what is measured is what the receiver holds and not how long ago V8 last looked.
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

process.on("message", () => {
  if (typeof collect === "function") collect();
  process.send?.({ heapBytes: process.memoryUsage().heapUsed });
});
// Listening to the bench is no reason to live on; its end, even by kill -9, is one to stop.
process.channel?.unref();
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
