import { expect, test } from "vitest";
import type { AgentConfig } from "./agent-config.ts";
import { ConfigRejected } from "./errors.ts";
import { createReloads } from "./reload.ts";

const configAt = (topProcesses: number) => ({ topProcesses, logLevel: "info" }) as AgentConfig;

/** Reloads whose readings of the configuration the test answers one by one. */
function rig() {
  const readings: PromiseWithResolvers<AgentConfig>[] = [];
  const started: number[] = [];
  const rejected: (readonly string[])[] = [];
  let told = Promise.withResolvers<void>();
  const reloads = createReloads({
    config: configAt(0),
    readConfig() {
      const reading = Promise.withResolvers<AgentConfig>();
      readings.push(reading);
      return reading.promise;
    },
    telemetry: {
      configReloaded: () => told.resolve(),
      configRejected(faults) {
        rejected.push(faults);
        told.resolve();
      },
    },
    log: { level: "info" },
    start: async ({ topProcesses }) => {
      started.push(topProcesses);
      return { stop: () => Promise.resolve() };
    },
  });
  /** Resolves when a reload has ended, and a further one had the chance to begin. */
  async function ended(act: () => void): Promise<void> {
    told = Promise.withResolvers();
    act();
    await told.promise;
    await new Promise(setImmediate);
  }
  return { reloads, readings, started, rejected, ended };
}

test("signals during a reload are remembered as one more", async () => {
  const { reloads, readings, started, ended } = rig();
  await reloads.start();
  reloads.reload();
  reloads.reload();
  reloads.reload();
  expect(readings).toHaveLength(1);
  await ended(() => readings[0]?.resolve(configAt(1)));
  expect(readings).toHaveLength(2);
  await ended(() => readings[1]?.resolve(configAt(2)));
  expect(readings).toHaveLength(2);
  expect(started).toEqual([0, 1, 2]);
});

test("a signal during a reload that fails is remembered too", async () => {
  const { reloads, readings, started, rejected, ended } = rig();
  await reloads.start();
  reloads.reload();
  reloads.reload();
  await ended(() => readings[0]?.reject(new ConfigRejected(["half-written"])));
  await ended(() => readings[1]?.resolve(configAt(2)));
  expect(rejected).toEqual([["half-written"]]);
  expect(started).toEqual([0, 2]);
});

test("nothing is read again after the stop", async () => {
  const { reloads, readings } = rig();
  await reloads.start();
  reloads.reload();
  reloads.reload();
  await reloads.stop();
  readings[0]?.resolve(configAt(1));
  await new Promise(setImmediate);
  expect(readings).toHaveLength(1);
});
