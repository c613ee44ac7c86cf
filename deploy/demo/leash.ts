// Loaded into every program the demo starts (node --import): when the demo is gone, even by kill -9, the pipe it held on the
// program's standard input closes, and the program ends as by SIGTERM. So nothing outlives a demo.
import process from "node:process";
import { isMainThread } from "node:worker_threads";

/** A program that has not stopped by itself within this time is stopped. */
const graceMs = 10_000;

if (isMainThread) {
  const letGo = () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMs).unref();
  };
  process.stdin.once("end", letGo).once("error", letGo).resume();
  // The leash alone is no reason to live on.
  if ("unref" in process.stdin) process.stdin.unref();
}
