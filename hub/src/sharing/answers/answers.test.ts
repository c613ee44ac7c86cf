import {
  type SharingAnswer,
  questionById,
  readReport,
  reportText,
  sharingCatalogue,
} from "@tidemark/proto";
import { expect, test } from "vitest";
import { makeOperator } from "../../simulate/operator.ts";
import { answersOf } from "./answers.ts";
import type { Facts, HostFacts, RunFacts, UpgradeFacts } from "./facts.ts";

const gib = 2 ** 30;
const host: HostFacts = {
  cpuVendor: "AMD",
  cpuModel: "EPYC 7302P",
  virtualisation: null,
  logicalCores: 32,
  memoryBytes: 62.7 * gib,
  disks: [{ kind: "NVMe", sizeBytes: 960e9 }],
  interfaces: [
    { name: "eno1", speedMbit: 25_000, virtual: false, addresses: ["10.0.0.5/24"] },
    { name: "eno1.7", speedMbit: 25_000, virtual: true, addresses: ["2001:db8::5/64"] },
  ],
};
const run: RunFacts = {
  endedAtMs: 1,
  preset: "load",
  labels: { release: "3.5.1", operation: "machine list", mesh: "istio" },
  method: "GET",
  target: "http://maas.example/MAAS/api/2.0/machines/",
  p99Ms: 30,
};
const upgrade: UpgradeFacts = {
  endedAtMs: 1,
  preset: "load",
  labels: { operation: "machine list" },
  method: "GET",
  target: "",
  from: "3.5.1",
  to: "3.6.0",
  changeRatio: 0.07,
  verdict: "regression",
};
const facts: Facts = {
  tidemarkVersion: "0.1.0",
  nodeVersion: "v26.10.0",
  clickhouseVersion: "26.3.1.5",
  storeBytes: 5 * gib,
  hosts: [host],
  runs: [run],
  upgrades: [upgrade],
};
const empty: Facts = { ...facts, storeBytes: Number.NaN, hosts: [], runs: [], upgrades: [] };

function ask(id: string, of: Facts) {
  const question = questionById(id, sharingCatalogue);
  if (question === undefined) throw new Error(`there is no question ${id}`);
  return answersOf(question, of);
}
const told = (id: string, of: Facts): readonly SharingAnswer[] => ask(id, of).answers;

test.each<[string, SharingAnswer]>([
  ["fleet.size", { hosts: "1", release: "0.1" }],
  ["network.size", { subnets: "2-3", vlans: "1" }],
  ["network.family", { ipv6: "+50" }],
  ["hardware.cpu", { cpu: "amd-epyc-rome", hosts: "1-4" }],
  ["hardware.shape", { cores: "32-63", memory: "64-127" }],
  ["hardware.disk", { media: "nvme", size: "500-1000" }],
  ["hardware.nic", { speed: "25000", hosts: "1-4" }],
  ["api.latency", { operation: "machines.list", p99: "25.6-51.2" }],
  ["api.release", { release: "3.5", p99: "25.6-102" }],
  [
    "api.upgrade",
    { operation: "machines.list", from: "3.5", to: "3.6", change: "+5", verdict: "regression" },
  ],
  ["load.latency", { profile: "load", p99: "25.6-51.2" }],
  ["load.mesh", { mesh: "istio", p99: "16-63" }],
  ["load.upgrade", { profile: "load", to: "other", change: "+5", verdict: "regression" }],
  ["hub.environment", { node: "26", clickhouse: "26.3", store: "4-31" }],
])("%s is answered", (id, answer) => {
  expect(ask(id, facts)).toEqual({ answers: [answer], silent: "" });
});

test.each(sharingCatalogue.questions.map(({ id }) => id))("%s without data is silent", (id) => {
  const { answers, silent } = ask(id, empty);
  expect(answers).toEqual([]);
  expect(silent).toMatch(/^(?:no|the size) .{10,200}[^.]$/);
});

test("a question this hub does not know is silent", () => {
  const [question] = sharingCatalogue.questions;
  expect(answersOf({ ...question!, id: "fleet.names" }, facts).silent).toMatch(/does not know/);
});

test("a profile of one's own is never told", () => {
  const own = { ...facts, runs: [{ ...run, preset: null }], upgrades: [] };
  expect(told("load.latency", own)).toEqual([]);
  expect(told("load.upgrade", own)).toEqual([]);
});

test("what is on no list leaves as other", () => {
  const labels = { release: "acme", mesh: "acme-mesh" };
  const target = "http://maas.example/MAAS/api/2.0/acme/";
  const other: Facts = {
    ...facts,
    hosts: [{ ...host, cpuModel: "Acme 1", cpuVendor: "", disks: [{ kind: "USB", sizeBytes: 1 }] }],
    runs: [{ ...run, labels, target }],
  };
  expect(told("hardware.cpu", other)).toEqual([{ cpu: "other", hosts: "1-4" }]);
  expect(told("hardware.disk", other)).toEqual([{ media: "other", size: "<10" }]);
  expect(told("api.latency", other)).toMatchObject([{ operation: "other" }]);
  expect(told("api.release", other)).toMatchObject([{ release: "other" }]);
  expect(told("load.mesh", other)).toMatchObject([{ mesh: "other" }]);
});

test("a run without the label says nothing of it, and one of another API nothing of MAAS's", () => {
  const bare: Facts = { ...facts, runs: [{ ...run, labels: {}, target: "http://shop.example/" }] };
  for (const id of ["api.latency", "api.release", "load.mesh"]) expect(told(id, bare)).toEqual([]);
});

test("of several runs the median is told, and of comparisons the middle one with its verdict", () => {
  const runs = [10, 30, 500].map((p99Ms) => ({ ...run, p99Ms }));
  expect(told("api.latency", { ...facts, runs })).toMatchObject([{ p99: "25.6-51.2" }]);
  const upgrades = ([0.3, -0.2, 0.01] as const).map((changeRatio, at) => ({
    ...upgrade,
    changeRatio,
    verdict: (["regression", "improvement", "equivalent"] as const)[at]!,
  }));
  expect(told("api.upgrade", { ...facts, upgrades })).toMatchObject([
    { change: "0", verdict: "equivalent" },
  ]);
});

test("a comparison without a verdict, or of releases nobody knows, is not told", () => {
  const upgrades: UpgradeFacts[] = [
    { ...upgrade, verdict: "suspect" },
    { ...upgrade, from: "blue", to: "green" },
    { ...upgrade, changeRatio: Number.NaN },
  ];
  expect(told("api.upgrade", { ...facts, upgrades })).toEqual([]);
  const half = [{ ...upgrade, from: "blue" }];
  expect(told("api.upgrade", { ...facts, upgrades: half })).toMatchObject([
    { from: "other", to: "3.6" },
  ]);
});

test("the commonest shapes are told, as many as may be", () => {
  const hosts = Array.from({ length: 10 }, (_, at) =>
    Array.from({ length: at + 1 }, () => ({ ...host, logicalCores: 2 ** at })),
  ).flat();
  const answers = told("hardware.shape", { ...facts, hosts });
  expect(answers).toHaveLength(8);
  expect(answers.map(({ cores }) => cores)).not.toContain("1");
});

test("the disks of a virtual machine are virtual", () => {
  const hosts = [{ ...host, virtualisation: "KVM", disks: [{ kind: "HDD", sizeBytes: 3e11 }] }];
  expect(told("hardware.disk", { ...facts, hosts })).toMatchObject([{ media: "virtual" }]);
});

test("simulated operators' answers are reports of the catalogue, in no order of their facts", () => {
  for (let seed = 0; seed < 40; seed += 1) {
    const period = 3;
    const of = makeOperator(seed)(period);
    const turned: Facts = {
      ...of,
      hosts: of.hosts.toReversed(),
      runs: of.runs.toReversed(),
      upgrades: of.upgrades.toReversed(),
    };
    for (const question of sharingCatalogue.questions) {
      const { answers } = answersOf(question, of);
      expect(answersOf(question, turned).answers).toEqual(answers);
      expect(answers.length).toBeLessThanOrEqual(question.reportsMax);
      const texts = answers.map((answer) =>
        reportText({ question: question.id, catalogue: sharingCatalogue.version, period, answer }),
      );
      expect(new Set(texts).size).toBe(texts.length);
      for (const text of texts) expect(readReport(text)).toBeTypeOf("object");
    }
  }
});
