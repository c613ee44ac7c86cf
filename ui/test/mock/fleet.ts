// The mock's agents, from seed to rows: mostly well, some stale, offline or in trouble.
import type { Agent, Fleet, InventoryRecord, NoticeList, ProcessSnapshot } from "@tidemark/proto";
import { chance, seedOf } from "./noise.ts";
import { cpuAt, fullestOf, memoryAt, rateAt, stallAt } from "./levels.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
const roles = ["rack", "mesh", "region", "build"] as const;
const zones = ["ams-1", "ams-2", "fra-1", "waw-1"] as const;
const sparkPoints = 30;
const sparkStepSeconds = 30;
const mib = 2 ** 20;

export function idOf(text: string): string {
  const seed = seedOf(text);
  return Array.from(
    { length: 16 },
    (_, index) => alphabet[Math.floor(chance(seed, index) * 32)],
  ).join("");
}

export function makeAgents(count: number, nowMs: number): Agent[] {
  return Array.from({ length: count }, (_, index) => {
    const role = roles[index % roles.length] ?? "rack";
    const name = `${role}-${String(Math.floor(index / roles.length) + 1).padStart(3, "0")}`;
    const seed = seedOf(name);
    const luck = index === 0 ? 0.5 : chance(seed, 5);
    const state = luck > 0.997 ? "offline" : luck > 0.993 ? "stale" : "online";
    const lastSeenMs =
      nowMs - (state === "online" ? 2_000 : state === "stale" ? 70_000 : 3 * 3_600_000);
    const lane = { firstSeq: 81_204, nextSeq: 81_208, bytes: 3_120, dropped: 0 };
    return {
      id: idOf(name),
      name,
      labels: { role, zone: zones[Math.floor(chance(seed, 6) * zones.length)] ?? "ams-1" },
      state,
      enrolledAtMs: nowMs - 40 * 86_400_000,
      lastSeenMs,
      version: "0.1.0",
      intervalSeconds: 1,
      clockOffsetMs: chance(seed, 8) * 6 - 2,
      lanes: {
        metrics: lane,
        events: { ...lane, firstSeq: 12, nextSeq: 12, bytes: 0 },
        results: { ...lane, firstSeq: 0, nextSeq: 0, bytes: 0 },
      },
      activeRuns: [],
      loadAllowed: index % 4 !== 3,
      missingBatches: 0,
    };
  });
}

export function fleetOf(agents: readonly Agent[], nowMs: number): Fleet {
  const now = Math.floor(nowMs / 1_000);
  const times = Array.from(
    { length: sparkPoints },
    (_, index) => now - (sparkPoints - 1 - index) * sparkStepSeconds,
  );
  return { atMs: nowMs, times, rows: agents.map((agent) => rowOf(agent, times, now)) };
}

function rowOf(agent: Agent, times: readonly number[], now: number): Fleet["rows"][number] {
  const seed = seedOf(agent.id);
  const signals = {
    cpu: (t: number) => cpuAt(seed, t),
    memory: (t: number) => memoryAt(seed, t),
    disk: (t: number) => rateAt(seed + 1, t, 24 * mib),
    network: (t: number) => rateAt(seed + 2, t, 6 * mib),
  };
  const isHere = agent.state === "online";
  const line = (signal: (t: number) => number) =>
    times.map((t) => (agent.state === "offline" || (!isHere && t > now - 90) ? null : signal(t)));
  const value = (signal: (t: number) => number) => (isHere ? signal(now) : null);
  return {
    agent,
    cpu: value(signals.cpu),
    memory: value(signals.memory),
    disk: value(signals.disk),
    network: value(signals.network),
    fullest: isHere ? fullestOf(agent.id) : null,
    pressure: isHere ? stallAt(seed, now, chance(seed, 12) > 0.97 ? 1.2 : 0.12) : null,
    sparklines: {
      cpu: line(signals.cpu),
      memory: line(signals.memory),
      disk: line(signals.disk),
      network: line(signals.network),
    },
  };
}

const programs = [
  "postgres",
  "maas-rackd",
  "nginx",
  "containerd",
  "node",
  "dhcpd",
  "squid",
  "named",
  "sshd",
  "systemd-journald",
  "cron",
  "tidemark-agent",
];

export function processesOf(agent: string, atMs: number): ProcessSnapshot {
  const second = Math.floor(atMs / 5_000);
  const rows = programs.map((name, index) => ({
    pid: 700 + index * 113,
    name,
    user: index % 3 === 0 ? "root" : index % 3 === 1 ? "www-data" : name,
    cpu: (chance(seedOf(agent + name), second) * 1.6) / (index + 1),
    residentBytes: Math.round((1_400 / (index + 1) + 12) * mib),
    threads: 1 + index * 2,
    ageSeconds: 86_400 * 3 + index * 977,
  }));
  return {
    atMs,
    byCpu: rows.toSorted((left, right) => right.cpu - left.cpu),
    byMemory: rows.toSorted((left, right) => right.residentBytes - left.residentBytes),
  };
}

export function inventoryOf(agent: Agent, nowMs: number): InventoryRecord {
  return {
    atMs: nowMs - 5 * 3_600_000,
    inventory: {
      hostname: agent.name,
      os: {
        platform: "linux",
        distro: "Debian GNU/Linux",
        release: "12",
        kernel: "6.1.0-28-amd64",
        arch: "x64",
      },
      cpu: {
        vendor: "Intel",
        model: "Xeon E-2378G",
        logicalCores: 8,
        physicalCores: 4,
        sockets: 1,
        speedGhz: 2.8,
      },
      memoryBytes: 16 * 2 ** 30,
      swapBytes: 2 * 2 ** 30,
      virtualisation: null,
      system: { manufacturer: "Supermicro", model: "SYS-510T-MR" },
      disks: [
        { device: "/dev/nvme0n1", model: "Samsung PM9A3", type: "NVMe", bytes: 256_060_514_304 },
        { device: "/dev/sda", model: "ST2000NM000B", type: "HD", bytes: 2_000_398_934_016 },
      ],
      interfaces: [
        {
          name: "eth0",
          type: "wired",
          speedMbit: 10_000,
          mac: "3c:ec:ef:00:11:22",
          addresses: ["10.20.0.14", "fe80::3eec:efff:fe00:1122"],
          virtual: false,
        },
        {
          name: "docker0",
          type: "wired",
          speedMbit: null,
          mac: "02:42:ac:11:00:01",
          addresses: ["172.17.0.1"],
          virtual: true,
        },
      ],
      nodeVersion: "26.10.0",
      agentVersion: "0.1.0",
    },
  };
}

export function noticesOf(nowMs: number): NoticeList {
  return {
    items: [
      {
        atMs: nowMs - 40 * 60_000,
        code: "collector-recovered",
        detail: "filesystem answered again after 12 s",
      },
      {
        atMs: nowMs - 41 * 60_000,
        code: "collector-failed",
        detail: "filesystem: statfs of /srv/nfs took longer than 2 s",
      },
      {
        atMs: nowMs - 5 * 3_600_000,
        code: "agent-started",
        detail: "version 0.1.0 on Node 26.10.0",
      },
    ],
  };
}
