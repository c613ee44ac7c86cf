// 5,000 requests a second: how true the times are beside wrk2's, whose timer has a grain of 1 ms.
import { type Aim, native, wrk2 } from "../generators.ts";
import { startHttpServer } from "../http-server.ts";
import { type Result, result } from "../result.ts";
import { type Part, Rounds } from "./part.ts";

const rounds = 3;
/** Below ten, where wrk2 would throw its first seconds away. */
const seconds = 8;
const ratePerSecond = 5_000;

export const steady: Part = {
  name: "steady",
  async run(options) {
    const server = await startHttpServer();
    try {
      const aim: Aim = { url: server.url, connections: 32, seconds };
      const pacing = { kind: "constant", ratePerSecond } as const;
      const takes = {
        economy: native(aim, { pacing, precision: "economy" }),
        precise: native(aim, { pacing }),
        wrk2: wrk2(aim, ratePerSecond),
      };
      const done = await new Rounds<keyof typeof takes>().play(rounds, takes, "5,000/s", options);
      const achieved = (name: "economy" | "precise") =>
        (100 * done.median(name, "perSecond")) / ratePerSecond;
      const away = Math.abs(done.ratio("precise", "wrk2", "serviceP50Micros") - 1) * 100;
      const corrected = done.ratio("precise", "wrk2", "responseP50Micros");
      const results: Result[] = [
        result(
          "achieved of 5,000 requests/s",
          achieved("precise"),
          "%",
          { atLeast: 99.9 },
          {
            economy: achieved("economy"),
          },
        ),
        result(
          "response p50 at 5,000/s, from the intended start",
          done.median("precise", "responseP50Micros"),
          "µs",
          undefined,
          done.beside(["economy", "wrk2"], "responseP50Micros"),
        ),
        result(
          "service p50 at 5,000/s, from the write",
          done.median("precise", "serviceP50Micros"),
          "µs",
          undefined,
          done.beside(["economy", "wrk2"], "serviceP50Micros"),
        ),
      ];
      if (takes.wrk2 !== undefined)
        results.push(
          result("response p50, of wrk2's corrected", corrected, "×", { atMost: 1 }),
          result("service p50, away from wrk2's uncorrected", away, "%", { atMost: 10 }),
        );
      return { results, notes };
    } finally {
      await server.stop();
    }
  },
};

const notes = [
  'At 5,000/s ours keeps time with a thread of its own ("precise", the default); "economy" wakes by a timer of 1 ms, as wrk2 does.',
];
