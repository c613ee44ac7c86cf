// The running agent, put together: outbox → link to the hub → load runner → collection. Stops in reverse, so that what the
// collectors flush and the runner reports still goes out.
import { join } from "node:path";
import { type BootId, type Part, lanes as laneNames, newId, runParts } from "@tidemark/proto";
import type { Logger } from "pino";
import type { AgentConfig } from "./agent-config.ts";
import { startCollection } from "./collection.ts";
import * as compiler from "./compiler.ts";
import { jwtFault, readIdentity, writeIdentity } from "./enrol/identity.ts";
import { askInventory, inventoryCommand } from "./inventory/ask.ts";
import { type InventoryReports, startInventoryReports } from "./inventory/reports.ts";
import { createLoadRunner } from "./load/runner.ts";
import { createNotices } from "./notices.ts";
import { createReloads } from "./reload.ts";
import { createHubClock } from "./ship/hub-clock.ts";
import { startShipping } from "./ship/lanes.ts";
import { startLink } from "./ship/link.ts";
import type { RunTasks } from "./tasks/dispatch.ts";
import { openNonces } from "./tasks/nonces.ts";
import { createTelemetry } from "./telemetry.ts";
import { agentVersion } from "./version.ts";

export interface AgentDeps {
  readonly config: AgentConfig;
  /** The configuration as it is now; rejects with ConfigRejected. */
  readonly readConfig: () => Promise<AgentConfig>;
  readonly log: Logger;
  /** Stops the agent. */
  readonly signal: AbortSignal;
  /** Calls back when the configuration is to be read again. */
  readonly onReload: (listener: () => void) => void;
  /** Calls back when all load is to stop; says by whom. */
  readonly onKill: (listener: (by: string) => void) => void;
}

/** Runs until `signal`; throws IdentityRejected when this host is not enrolled. */
export async function runAgent(deps: AgentDeps): Promise<void> {
  const { config, log } = deps;
  const now = () => Date.now();
  const monotonicMs = () => performance.now();
  const clocks = { now, monotonicMs };
  const boot = newId<BootId>();
  const startedAtMs = now();

  let identity = readIdentity(config.dataDir);
  const nonces = openNonces(join(config.dataDir, "nonces"));
  const { notice, open } = createNotices(now);
  const telemetry = createTelemetry(log, notice, monotonicMs);
  const clock = createHubClock(clocks);
  const shipping = startShipping({
    directory: join(config.dataDir, "outbox"),
    boot,
    bytesMax: config.outbox.bytesMax,
    ageSecondsMax: config.outbox.ageSecondsMax,
    metricsPerSecond: 1 / (config.intervalSeconds * config.batchTicks),
    ...clocks,
    random: Math.random,
    report: telemetry.shipping,
  });
  open(shipping.lanes);
  const runner = createLoadRunner({
    policyFile: config.policyFile,
    publish: {
      interval: shipping.lanes.interval,
      final(run, final) {
        shipping.lanes.final(run, final);
        if (runner.active().length === 0) compiler.rest();
      },
    },
    now,
    log,
    started: telemetry.loadStarted,
    killed: telemetry.loadKilled,
  });
  const reloads = createReloads({
    config,
    readConfig: deps.readConfig,
    telemetry,
    log,
    start: (current) => startCollection(current, { lanes: shipping.lanes, notice, self, log }),
  });

  function self() {
    const states = shipping.states();
    return {
      hubOffsetMs: clock.offsetMs(),
      outboxes: laneNames.map((lane) => ({
        lane,
        bytes: states[lane].bytes,
        dropped: states[lane].dropped,
        records: shipping.counts(lane).unsent,
      })),
      tasksRefused: telemetry.counters.tasksRefused,
      loadStarted: telemetry.counters.loadStarted,
    };
  }

  const runs: RunTasks = {
    async start(run, plan, startAtMs) {
      compiler.work();
      const reply = await runner.start(run, plan, startAtMs);
      if (runner.active().length === 0) compiler.rest();
      return reply;
    },
    tryOnce: (plan) => runner.tryOnce(plan),
    cancel: (run) => runner.cancel(run),
    lease: (run, ttlMs) => runner.lease(run, ttlMs),
  };

  function renew(jwt: string): string | undefined {
    const fault = jwtFault(identity, jwt);
    if (fault !== undefined) return fault;
    identity = { ...identity, jwt };
    writeIdentity(config.dataDir, identity);
    telemetry.jwtRenewed();
    return undefined;
  }

  const describe = () => ({
    boot,
    version: agentVersion,
    startedAtMs,
    intervalSeconds: reloads.current().intervalSeconds,
    lanes: shipping.states(),
    activeRuns: [...runner.active()],
    load: { allowed: runner.allowed(), policy: runner.policyHash() },
  });

  let inventory: InventoryReports | undefined;
  let link: ReturnType<typeof startLink> | undefined;
  const parts: readonly Part[] = [
    {
      name: "outbox",
      start: async () =>
        notice("agent-started", `version ${agentVersion}, Node ${process.version}`),
      stop: async () => shipping.stop(),
    },
    {
      name: "link",
      async start() {
        const { replay, resendTable } = shipping;
        const tasks = { runs, replay, resendTable, renew, now };
        link = startLink({
          identity: () => identity,
          shipping,
          tasks,
          nonces,
          clock,
          describe,
          telemetry,
          random: Math.random,
          ...clocks,
        });
      },
      async stop() {
        notice("agent-stopped", "asked to stop");
        await link?.stop();
      },
    },
    { name: "load runner", start: async () => undefined, stop: () => runner.stop() },
    {
      name: "collection",
      async start() {
        await reloads.start();
      },
      stop: reloads.stop,
    },
    {
      name: "inventory",
      async start() {
        inventory = startInventoryReports({
          ask: () => askInventory(inventoryCommand()),
          event: shipping.lanes.event,
          now,
          failed: telemetry.inventoryFailed,
        });
      },
      stop: async () => inventory?.stop(),
    },
  ];
  deps.onReload(reloads.reload);
  deps.onKill(runner.kill);
  log.info({ agent: identity.agent, version: agentVersion }, "agent started");
  await runParts(parts, deps.signal, telemetry.partFailedToStop);
  log.info("agent stopped");
}
