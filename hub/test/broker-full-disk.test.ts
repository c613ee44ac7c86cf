// nats-server on a full disk. Needs a small file system of its own, so root or a user namespace; elsewhere it says so and passes.
import { execFile } from "node:child_process";
import { mkdtemp, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { jetstreamManager } from "@nats-io/jetstream";
import { type AgentId, metricsSubject, newId } from "@tidemark/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTestBroker } from "./start-test-broker.ts";

const run = promisify(execFile);
let folder: string;
let mounted: boolean;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidemark-full-"));
  mounted = await run("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]).then(
    () => true,
    () => false,
  );
});
afterEach(async () => {
  if (mounted) await run("umount", [folder]);
  await rm(folder, { recursive: true, force: true });
});

test("a broker silenced by a full disk comes back with all it acknowledged", async (context) => {
  if (!mounted) context.skip("a tmpfs cannot be mounted here");
  const ballast = join(folder, "ballast");
  const bench = await startTestBroker({ dataDir: join(folder, "data") });
  const agent = newId<AgentId>();
  const asAgent = await bench.agentConnection(agent);
  const pid = bench.broker.serverPid()!;
  const send = async () => {
    const ack = await asAgent.request(metricsSubject(agent), new Uint8Array(10_000), {
      timeout: 5_000,
    });
    return ack.json<{ seq?: number }>().seq !== undefined;
  };
  await writeFile(ballast, new Uint8Array(5_000_000));
  let acknowledged = 0;
  await expect(
    (async () => {
      while (await send()) acknowledged += 1;
      throw new Error("refused");
    })(),
  ).rejects.toThrow();
  expect(acknowledged).toBeGreaterThan(10);
  await unlink(ballast);
  const manager = await jetstreamManager(bench.broker.connection, { checkAPI: false });
  await expect
    .poll(
      async () => {
        try {
          return (await manager.streams.info("METRICS")).state.messages - acknowledged;
        } catch {
          return "silent";
        }
      },
      { timeout: 120_000, interval: 500 },
    )
    // The one that was not acknowledged may be there as well.
    .toSatisfy((more) => more === 0 || more === 1);
  expect(bench.broker.serverPid()).not.toBe(pid);
  expect(await send()).toBe(true);
  await bench.stop();
}, 180_000);
