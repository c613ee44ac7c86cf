// The registry of native drivers, each loaded by the run that wants it. See load/README.md for how to add one.
import { type LoadPlan, nativeDrivers } from "@tidemark/proto";
import { type Driver, PlanRejected } from "./driver.ts";

type NativeDriver = (typeof nativeDrivers)[number];

const drivers = {
  http1: async () => (await import("./http1/http1.ts")).http1,
  http2: async () => (await import("./http2/http2.ts")).http2,
  websocket: async () => (await import("./websocket/websocket.ts")).websocket,
  sse: async () => (await import("./sse/sse.ts")).sse,
  tcp: async () => (await import("./tcp/tcp.ts")).tcp,
  udp: async () => (await import("./udp/udp.ts")).udp,
  grpc: async () => (await import("./grpc/grpc.ts")).grpc,
} as const satisfies Partial<Record<NativeDriver, () => Promise<Driver>>>;

/** Throws PlanRejected for a driver that is none of ours. */
export async function driverNamed(name: LoadPlan["driver"]): Promise<Driver> {
  const load = (drivers as Partial<Record<LoadPlan["driver"], () => Promise<Driver>>>)[name];
  if (load === undefined) throw new PlanRejected(`driver: ${name} is not a native driver`);
  return await load();
}
