// Ten minutes at 20,000 requests a second: whether the generator's memory grows.
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parser } from "@tidemark/proto";
import { Type } from "typebox";
import { startHttpServer } from "../http-server.ts";
import { runProgram } from "../program-run.ts";
import { median, result } from "../result.ts";
import type { Part } from "./part.ts";

const seconds = 600;
const ratePerSecond = 20_000;
/** The heap has found its size by then. */
const settledSeconds = 60;
const windowSeconds = 30;

const parse = parser(
  Type.Object({
    perSecond: Type.Number(),
    residentMebibytes: Type.Array(Type.Number(), { minItems: settledSeconds + windowSeconds }),
  }),
  "soak result",
);

export const soak: Part = {
  name: "soak",
  async run({ progress, signal }) {
    progress(`${seconds / 60} minutes at ${ratePerSecond}/s`);
    const server = await startHttpServer();
    try {
      const plan = {
        driver: "http1",
        target: server.url,
        method: "GET",
        headers: [],
        body: "",
        pacing: { kind: "constant", ratePerSecond },
        precision: "precise",
        connections: 32,
        durationMs: seconds * 1_000,
        timeoutMs: 5_000,
      };
      const file = fileURLToPath(new URL("../native-run.ts", import.meta.url));
      const args = ["-c", "1", process.execPath, file, JSON.stringify(plan)];
      const run = await runProgram("taskset", args, signal);
      const { residentMebibytes, perSecond } = parse(JSON.parse(run.stdout));
      const early = median(residentMebibytes.slice(settledSeconds, settledSeconds + windowSeconds));
      const late = median(residentMebibytes.slice(-windowSeconds));
      return {
        results: [
          result(
            "memory gained in 10 minutes at 20,000/s",
            late - early,
            "MiB",
            { atMost: 5 },
            {
              "after a minute, MiB": early,
              "at the end, MiB": late,
              "requests/s": perSecond,
            },
          ),
        ],
        notes: [
          "Memory: resident size of the whole process, median of half a minute after the first minute and at the end.",
        ],
      };
    } finally {
      await server.stop();
    }
  },
};
