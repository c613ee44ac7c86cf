import { expect, test } from "vitest";
import { metricOf } from "@tidemark/proto";
import { collectors } from "../src/collectors/index.ts";
import { describe, freezeHost, readFrozen } from "./frozen-host.ts";

test.each(["vm", "server", "tiny"])("the frozen host %s reads as its golden says", async (name) => {
  const frozen = freezeHost(name);
  try {
    const reading = await readFrozen(frozen, collectors);
    await expect(describe(reading)).toMatchFileSnapshot(`fixtures/${name}/golden.txt`);
    for (const series of reading.series) {
      const known = metricOf(series.metric);
      for (const key of Object.keys(series.labels)) expect(known?.labels).toContain(key);
    }
  } finally {
    frozen.remove();
  }
});

test("what a host lacks is absent, not zero", async () => {
  const frozen = freezeHost("tiny");
  try {
    const { series } = await readFrozen(frozen, collectors);
    const metrics = new Set<string>(series.map((one) => one.metric));
    for (const lacking of [
      "system.cpu.linux.pressure.total",
      "system.network.conntrack.count",
      "system.paging.usage",
      "hw.temperature",
      "container.cpu.time",
      "systemd.units",
      "system.clock.synchronized",
    ])
      expect(metrics).not.toContain(lacking);
  } finally {
    frozen.remove();
  }
});
