// A server that freezes for 300 ms every 2.3 s: whether the percentiles say what users would have waited.
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Aim, native, wrk2 } from "../generators.ts";
import { result } from "../result.ts";
import { type Part, Rounds } from "./part.ts";

const rounds = 3;
const frozenMs = 300;
const periodMs = 2_300;
const periods = 4;
const ratePerSecond = 500;

export const freeze: Part = {
  name: "freeze",
  async run(options) {
    const server = await startFreezing();
    try {
      const aim: Aim = { url: server.url, connections: 16, seconds: (periods * periodMs) / 1_000 };
      const pacing = { kind: "constant", ratePerSecond } as const;
      const takes = {
        native: native(aim, { pacing, durationMs: periods * periodMs }),
        wrk2: wrk2({ ...aim, seconds: Math.floor(aim.seconds) }, ratePerSecond),
      };
      const what = "a server that freezes";
      const done = await new Rounds<keyof typeof takes>().play(rounds, takes, what, options);
      const figure = (percentile: number, key: "responseP90Micros" | "responseP99Micros") => {
        const theory = theoryMs(percentile);
        const measured = done.median("native", key) / 1_000;
        const wrk2Micros = done.median("wrk2", key);
        return result(
          `server frozen ${frozenMs} ms every ${periodMs / 1_000} s, p${percentile}, away from theory`,
          100 * Math.abs(measured / theory - 1),
          "%",
          { atMost: 5 },
          {
            "theory, ms": theory,
            "measured, ms": measured,
            ...(Number.isNaN(wrk2Micros) ? {} : { "wrk2 corrected, ms": wrk2Micros / 1_000 }),
          },
        );
      };
      return { results: [figure(90, "responseP90Micros"), figure(99, "responseP99Micros")], notes };
    } finally {
      server.stop();
    }
  },
};

const notes = [
  `Frozen server: ${ratePerSecond}/s over 16 connections for ${periods} periods. Requests arrive evenly, so ${Math.round((100 * frozenMs) / periodMs)} % of them meet the freeze and wait the rest of it.`,
];

/** Of requests spread evenly, the share frozen / period waits between 0 and the whole freeze, each as likely. */
function theoryMs(percentile: number): number {
  const spared = 1 - frozenMs / periodMs;
  return (frozenMs * (percentile / 100 - spared)) / (1 - spared);
}

/** The demo's own target on core 0. */
async function startFreezing(): Promise<{ url: string; stop: () => void }> {
  const file = fileURLToPath(new URL("../../demo/target.ts", import.meta.url));
  const child = spawn("taskset", ["-c", "0", process.execPath, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`the frozen server ended with ${code}`)));
  });
  return {
    url: `${url}/freeze?ms=${frozenMs}&every=${periodMs}`,
    stop: () => void child.kill("SIGTERM"),
  };
}
