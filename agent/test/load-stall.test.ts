// Coordinated omission: a server that freezes must show in the latency from the intended start, and hides from the service time.
import { type AddressInfo, type Socket, createServer } from "node:net";
import { Histogram } from "@tidemark/proto";
import { expect, test } from "vitest";
import { generateRun, planFor } from "./generated.ts";

const frozenMs = 300;
const periodMs = 2_300;
const freezeAtMs = 1_000;
const rate = 500;
const connections = 16;
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/**
 * Answers at once, but once in each period of 2.3 s after the first request, a second into it, holds everything for 300 ms. On a
 * busy machine it is frozen at other times besides: it notes when it really answered, and theory follows from that.
 */
async function startFreezing() {
  let startedMs: number | undefined;
  const answeredAtMs: number[] = [];
  const sockets = new Set<Socket>();
  const answer = (socket: Socket) => {
    // Before the write: nobody can have read the answer earlier than this.
    answeredAtMs.push(performance.timeOrigin + performance.now());
    socket.write(ok);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", () => {
      startedMs ??= performance.now();
      const phaseMs = ((performance.now() - startedMs) % periodMs) - freezeAtMs;
      if (phaseMs < 0 || phaseMs >= frozenMs) answer(socket);
      else setTimeout(() => answer(socket), frozenMs - phaseMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    answeredAtMs,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Request k was intended k periods after the start, and its answer is the k-th: that is all that theory knows. */
function theoryOf(answeredAtMs: readonly number[], startedAtMs: number): Histogram {
  const theory = new Histogram();
  answeredAtMs.forEach((answeredMs, index) => {
    theory.record((answeredMs - startedAtMs - (index * 1_000) / rate) * 1_000);
  });
  return theory;
}

/** Of requests spread evenly, the share `300 / 2300` meets the planned freeze and waits the rest of it: uniform over 0 … 300 ms. */
function plannedMicros(percentile: number): number {
  const spared = 1 - frozenMs / periodMs;
  return (frozenMs * 1_000 * (percentile / 100 - spared)) / (1 - spared);
}

function countAbove(histogram: Histogram, micros: number): number {
  const below = new Histogram();
  below.record(micros);
  const from = below.usedSlots.first;
  return histogram.counts.reduce((sum, count, slot) => (slot > from ? sum + count : sum), 0);
}

test("a freezing server shows in the response time as theory says, and not in the service time", async () => {
  const server = await startFreezing();
  try {
    const plan = planFor(server.port, {
      rate,
      connections,
      durationMs: 3 * periodMs,
      precision: "precise",
    });
    const { response, service, final } = await generateRun(plan);
    expect(final.counts.due).toBe(3_450);
    const theory = theoryOf(server.answeredAtMs, final.startedAtMs);
    // Answers may wait for the generator's own thread to be given a CPU, as long as its loop was delayed at the worst.
    const { eventLoopDelayMaxMs, latenessMaxMicros } = final.generator;
    const ownMicros = eventLoopDelayMaxMs * 1_000 + latenessMaxMicros;
    for (const percentile of [90, 95, 99]) {
      const measured = response.percentile(percentile);
      const expected = theory.percentile(percentile);
      const said = `p${percentile}: ${measured} µs against ${expected} µs, own ${ownMicros} µs`;
      // The start is known to the millisecond.
      expect(measured, said).toBeGreaterThan(expected * 0.98 - 2_000);
      expect(measured, said).toBeLessThan(expected * 1.02 + 2_000 + ownMicros);
      // However busy the machine, the planned freezes are the least that theory sees.
      expect(expected, said).toBeGreaterThan(plannedMicros(percentile) * 0.95);
    }
    // Of each freeze 16 connections can hold 16 requests; the other 130 or so never met the frozen server.
    const slowMicros = (frozenMs * 1_000) / 3;
    const slow = countAbove(response, slowMicros);
    const said = `${slow} slow responses, ${countAbove(service, slowMicros)} slow services`;
    expect(slow, said).toBeGreaterThan(3 * 80);
    expect(countAbove(service, slowMicros) * 3, said).toBeLessThan(slow);
    expect(
      final.spoiled.map(({ code }) => code),
      JSON.stringify([final.spoiled, final.generator]),
    ).toContain("connection-limited");
  } finally {
    await server.stop();
  }
});
