import { expect, test } from "vitest";
import { metricOf } from "@tidemark/proto";
import { cgroups } from "../src/collectors/cgroups.ts";
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

test("services and containers past the bound are left out and told", async () => {
  const frozen = freezeHost("server", { cgroupsMax: 2 });
  try {
    const { series, notices } = await readFrozen(frozen, [cgroups]);
    const names = new Set(series.map((one) => one.labels["cgroup.name"]));
    expect(names.size).toBe(2);
    expect(notices).toEqual([
      { code: "series-limit", detail: "cgroups: 2 services and containers past 2" },
    ]);
  } finally {
    frozen.remove();
  }
});
