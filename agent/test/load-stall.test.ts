// Coordinated omission: a server that freezes must show in the latency from the intended start, and hides from the service time.
import { type AddressInfo, type Socket, createServer } from "node:net";
import { expect, test } from "vitest";
import { generateRun, planFor } from "./generated.ts";

const frozenMs = 300;
const periodMs = 2_300;
const freezeAtMs = 1_000;
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Answers at once, but once in each period of 2.3 s after the first request, a second into it, holds everything for 300 ms. */
async function startFreezing() {
  let startedMs: number | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", () => {
      startedMs ??= performance.now();
      const phaseMs = ((performance.now() - startedMs) % periodMs) - freezeAtMs;
      if (phaseMs < 0 || phaseMs >= frozenMs) socket.write(ok);
      else setTimeout(() => socket.write(ok), frozenMs - phaseMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

// Upper bounds are generous: on a busy machine this process, which is the server too, freezes now and then by itself.
/** Of requests spread evenly, the share `300 / 2300` meets the freeze and waits the rest of it: uniform over 0 … 300 ms. */
function theoryMicros(percentile: number): number {
  const spared = 1 - frozenMs / periodMs;
  return (frozenMs * 1_000 * (percentile / 100 - spared)) / (1 - spared);
}

test("a freezing server shows in the response time as theory says, and not in the service time", async () => {
  const server = await startFreezing();
  try {
    const plan = planFor(server.port, {
      rate: 500,
      connections: 16,
      durationMs: 3 * periodMs,
      precision: "precise",
    });
    const { response, service, final } = await generateRun(plan);
    expect(final.counts.due).toBe(3_450);
    expect(final.counts.completed).toBeGreaterThan(3_400);
    for (const percentile of [90, 95, 99]) {
      const measured = response.percentile(percentile);
      const theory = theoryMicros(percentile);
      expect(measured, `p${percentile}: ${measured} µs against ${theory} µs`).toBeGreaterThan(
        theory * 0.9 - 5_000,
      );
      expect(measured, `p${percentile}: ${measured} µs against ${theory} µs`).toBeLessThan(
        theory * 1.1 + 50_000,
      );
    }
    // 16 connections can hold 16 requests of each freeze: 48 of 3,450. The other 400 never met the frozen server.
    expect(service.percentile(95)).toBeLessThan(20_000);
    expect(service.percentile(50)).toBeLessThan(5_000);
    const said = JSON.stringify([final.spoiled, final.generator]);
    expect(
      final.spoiled.map(({ code }) => code),
      said,
    ).toContain("connection-limited");
  } finally {
    await server.stop();
  }
});
