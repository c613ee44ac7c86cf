// HTTP/1.1 on one core: as fast as each generator can, in the clear and over TLS.
import {
  type Aim,
  autocannon,
  fortio,
  native,
  saturatingPerSecond,
  wrk,
  wrk2,
} from "../generators.ts";
import { type HttpServer, startHttpServer } from "../http-server.ts";
import { type Result, result } from "../result.ts";
import { type Part, type PartOptions, Rounds } from "./part.ts";

const rounds = 5;
const connections = 32;
/** Long enough that the compiling of the first moments does not weigh. */
const seconds = 6;
const tlsPerSecond = 25_000;
const tlsOfWrk = 0.8;

export const http1: Part = {
  name: "http1",
  async run(options) {
    const server = await startHttpServer();
    try {
      const clear = await inTheClear(server, options);
      const tls = await overTls(server, options);
      return { results: [...clear, ...tls], notes };
    } finally {
      await server.stop();
    }
  },
};

const notes = [
  `${rounds} rounds; in each, every generator has one turn of ${seconds} s. Ratios are medians of the rounds' own ratios.`,
  `nginx answers 12 bytes from core 0; each generator has core 1 for all its threads. ${connections} connections.`,
  "CPU per request is the kernel's account of the whole process, its start included.",
];

async function inTheClear({ url }: HttpServer, options: PartOptions): Promise<Result[]> {
  const aim: Aim = { url, connections, seconds };
  const takes = {
    native: native(aim, {}),
    wrk: wrk(aim),
    wrk2: wrk2(aim, saturatingPerSecond),
    fortio: fortio(aim),
    autocannon: autocannon(aim),
  };
  const done = await new Rounds<keyof typeof takes>().play(rounds, takes, "http", options);
  const peers = ["wrk", "wrk2", "fortio", "autocannon"] as const;
  const of = (peer: (typeof peers)[number], atLeast: number) =>
    takes[peer] === undefined
      ? []
      : [
          result(`of ${peer}'s requests/s`, done.ratio("native", peer, "perSecond"), "×", {
            atLeast,
          }),
        ];
  return [
    result(
      "requests/s, one core, 32 connections",
      done.median("native", "perSecond"),
      "/s",
      undefined,
      done.beside(peers, "perSecond"),
    ),
    ...of("wrk", 0.95),
    ...of("wrk2", 0.95),
    ...of("fortio", 1.5),
    ...of("autocannon", 2),
    result(
      "CPU per request",
      done.median("native", "cpuMicrosPerRequest"),
      "µs",
      { atMost: 10 },
      done.beside(peers, "cpuMicrosPerRequest"),
    ),
  ];
}

async function overTls({ tlsUrl }: HttpServer, options: PartOptions): Promise<Result[]> {
  const aim: Aim = { url: tlsUrl, connections, seconds };
  const takes = { native: native(aim, { tls: { skipVerify: true } }), wrk: wrk(aim) };
  const done = await new Rounds<keyof typeof takes>().play(rounds, takes, "https", options);
  const perSecond = done.median("native", "perSecond");
  const ofWrk = done.ratio("native", "wrk", "perSecond");
  const reached = Math.max(perSecond / tlsPerSecond, Number.isNaN(ofWrk) ? 0 : ofWrk / tlsOfWrk);
  return [
    result("https, requests/s, one core", perSecond, "/s", undefined, {
      ...done.beside(["wrk"], "perSecond"),
      ...(Number.isNaN(ofWrk) ? {} : { "of wrk's": ofWrk }),
    }),
    result(
      `https, the better of requests/s ÷ ${tlsPerSecond} and of wrk's ÷ ${tlsOfWrk}`,
      reached,
      "×",
      { atLeast: 1 },
    ),
  ];
}
