import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostUse, readHostTotals } from "./host-use.ts";

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), "tidemark-proc-"));
});
afterEach(() => rmSync(proc, { recursive: true, force: true }));

function write(stat: string, pressure?: string): void {
  writeFileSync(join(proc, "stat"), stat);
  if (pressure === undefined) return;
  mkdirSync(join(proc, "pressure"), { recursive: true });
  writeFileSync(join(proc, "pressure", "cpu"), pressure);
}
const psi = (total: number) =>
  `some avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n`;

test("is what was used, stolen and waited for between two readings", () => {
  write("cpu  100 10 50 800 20 5 5 10 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n", psi(1_000_000));
  const before = readHostTotals(proc);
  // 100 ticks more: 40 user, 5 nice, 10 system, 20 idle, 5 iowait, 3 irq, 2 softirq, 15 steal; guest counts within user.
  write("cpu  140 15 60 820 25 8 7 25 40 5\ncpu0 1 1 1 1 1 1 1 1 0 0\n", psi(1_250_000));
  expect(hostUse(before, readHostTotals(proc), 1_000)).toEqual({
    hostCpu: 0.6,
    hostSteal: 0.15,
    hostCpuPressure: 0.25,
  });
});

test("is unknown where the host does not tell", () => {
  write("cpu  1 1 1 1 1 1 1 1 0 0\n");
  const before = readHostTotals(proc);
  expect(hostUse(before, before, 1_000)).toEqual({
    hostCpu: null,
    hostSteal: null,
    hostCpuPressure: null,
  });
  const nowhere = readHostTotals(join(proc, "absent"));
  expect(nowhere).toEqual({ cpu: undefined, pressureMicros: undefined });
});

test("never leaves 0 … 1, though counters of a virtual machine may step back", () => {
  const cpu = (used: number, stolen: number, all: number) => ({ used, stolen, all });
  expect(
    hostUse(
      { cpu: cpu(100, 50, 1_000), pressureMicros: 500 },
      { cpu: cpu(90, 80, 1_020), pressureMicros: 900_000 },
      100,
    ),
  ).toEqual({ hostCpu: 0, hostSteal: 1, hostCpuPressure: 1 });
});
