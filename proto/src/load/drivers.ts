// What each driver can do. One table, read by everyone: the hub and the agent refuse by it before anything starts, the form
// shows by it, the docs are made from it. A driver that cannot honour an option says why; nothing falls back silently.
import { Type } from "typebox";

/** Drivers written for Tidemark. */
export const nativeDrivers = ["http1", "http2", "websocket", "sse", "grpc", "tcp", "udp"] as const;
/** Drivers over programs that are installed on the agent's host. */
export const installedDrivers = ["fortio", "wrk2", "wrk", "nighthawk"] as const;
export const driverNames = [...nativeDrivers, ...installedDrivers] as const;
export type DriverName = (typeof driverNames)[number];
export type InstalledDriver = (typeof installedDrivers)[number];
export const DriverName = Type.Enum(driverNames);

/** URL schemes a driver can aim at, the usual one first. */
export const driverSchemes = {
  http1: ["http:", "https:"],
  http2: ["http:", "https:"],
  websocket: ["ws:", "wss:"],
  sse: ["http:", "https:"],
  grpc: ["grpc:", "grpcs:"],
  tcp: ["tcp:"],
  udp: ["udp:"],
  fortio: ["http:", "https:", "grpc:", "grpcs:", "tcp:", "udp:"],
  wrk2: ["http:", "https:"],
  wrk: ["http:", "https:"],
  nighthawk: ["http:", "https:"],
} as const satisfies Record<DriverName, readonly string[]>;

/** Schemes that are spoken over TLS. */
export const tlsSchemes: readonly string[] = ["https:", "wss:", "grpcs:"];

const defaultPorts: Readonly<Record<string, number>> = {
  "http:": 80,
  "ws:": 80,
  "grpc:": 80,
  "https:": 443,
  "wss:": 443,
  "grpcs:": 443,
};

/** Port a target means when it names none; undefined where there is no usual one. */
export function defaultPortOf(scheme: string): number | undefined {
  return defaultPorts[scheme];
}

/** The driver a target's scheme suggests when none is named. */
export function driverForScheme(scheme: string): DriverName | undefined {
  return nativeDrivers.find((name) => {
    const schemes: readonly string[] = driverSchemes[name];
    return schemes.includes(scheme);
  });
}

export function isInstalledDriver(name: DriverName): name is InstalledDriver {
  return installedDrivers.some((installed) => installed === name);
}
