// The form of a new test as it is being filled in: text where people type, so that nothing typed is lost. Pure.
import {
  presets,
  type Auth,
  type DriverName,
  type Feed,
  type GrpcOptions,
  type HttpMethod,
  type Pacing,
  type Precision,
  type PresetName,
  type Run,
  type SocketOptions,
  type SseOptions,
  type WebSocketOptions,
} from "@tidemark/proto";

export type Shape = Run["pacing"];
export type ShapeKind = Shape["kind"];

/** What can be chosen, in its order. Proto's own lists stand among its schemas, which would come along. */
export const presetNames = [
  "smoke",
  "load",
  "stress",
  "spike",
  "soak",
  "capacity",
] as const satisfies readonly PresetName[];

export const methods = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
] as const satisfies readonly HttpMethod[];

export interface StageDraft {
  seconds: string;
  toRate: string;
}
/** One of several requests. What is empty is as in the test's own request. */
export interface RequestDraft {
  weight: string;
  method: HttpMethod | "";
  path: string;
  /** Beside the test's own, one `Name: value` a line. */
  headers: string;
  body: string;
}

export interface Draft {
  who: "agents" | "selector";
  agents: readonly string[];
  selector: string;
  name: string;
  target: string;
  /** Empty: by the target's scheme. */
  driver: DriverName | "";
  /** The preset that filled the shape, until the shape is changed by hand. */
  preset: PresetName | "";

  shape: ShapeKind;
  rate: string;
  fromRate: string;
  toRate: string;
  stagesFrom: string;
  stages: readonly StageDraft[];
  seed: string;
  clients: string;
  thinkMs: string;
  percentile: string;
  responseMs: string;
  errorPercent: string;
  stepSeconds: string;
  tolerancePercent: string;
  duration: string;
  connections: string;

  method: HttpMethod;
  headers: string;
  body: string;
  requests: readonly RequestDraft[];
  feed: string;
  feedOrder: Feed["order"];

  statuses: string;
  expectBody: string;
  redirects: string;
  timeout: string;

  auth: Auth["kind"] | "none";
  username: string;
  authSecret: string;

  serverName: string;
  ca: string;
  certificateSecret: string;
  keySecret: string;
  skipVerify: boolean;

  websocketExchange: WebSocketOptions["exchange"];
  subprotocol: string;
  sseMeasure: SseOptions["measure"];
  grpcCall: GrpcOptions["call"];
  grpcMethod: string;
  grpcProto: string;
  socketExchange: SocketOptions["exchange"];
  encoding: NonNullable<SocketOptions["encoding"]>;

  workers: string;
  streams: string;
  warmup: string;
  precision: Precision;
  identify: boolean;
  mayShare: boolean;
}
export type DraftField = keyof Draft;
export type Faults = Partial<Record<DraftField, string>>;

export const emptyDraft: Readonly<Draft> = {
  who: "agents",
  agents: [],
  selector: "",
  name: "",
  target: "",
  driver: "",
  preset: "",
  shape: "constant",
  rate: "500",
  fromRate: "10",
  toRate: "1000",
  stagesFrom: "0",
  stages: [
    { seconds: "10", toRate: "500" },
    { seconds: "30", toRate: "500" },
    { seconds: "5", toRate: "0" },
  ],
  seed: "1",
  clients: "16",
  thinkMs: "0",
  percentile: "99",
  responseMs: "20",
  errorPercent: "0.1",
  stepSeconds: "10",
  tolerancePercent: "5",
  duration: "20",
  connections: "16",
  method: "GET",
  headers: "",
  body: "",
  requests: [],
  feed: "",
  feedOrder: "cycle",
  statuses: "",
  expectBody: "",
  redirects: "0",
  timeout: "5000",
  auth: "none",
  username: "",
  authSecret: "",
  serverName: "",
  ca: "",
  certificateSecret: "",
  keySecret: "",
  skipVerify: false,
  websocketExchange: "echo",
  subprotocol: "",
  sseMeasure: "first-event",
  grpcCall: "unary",
  grpcMethod: "",
  grpcProto: "",
  socketExchange: "echo",
  encoding: "utf8",
  workers: "1",
  streams: "1",
  warmup: "0",
  precision: "precise",
  identify: true,
  mayShare: false,
};

/** The fields that a shape fills; those of other shapes are left out and keep what they hold. */
export function draftOfShape(shape: Shape): Partial<Draft> {
  const { kind } = shape;
  switch (kind) {
    case "constant":
      return { shape: kind, rate: String(shape.ratePerSecond) };
    case "poisson":
      return { shape: kind, rate: String(shape.ratePerSecond), seed: String(shape.seed) };
    case "ramp":
      return {
        shape: kind,
        fromRate: String(shape.fromPerSecond),
        toRate: String(shape.toPerSecond),
      };
    case "stages":
      return {
        shape: kind,
        stagesFrom: String(shape.fromPerSecond),
        stages: shape.stages.map(({ durationMs, toPerSecond }) => ({
          seconds: String(durationMs / 1_000),
          toRate: String(toPerSecond),
        })),
      };
    case "closed":
      return { shape: kind, clients: String(shape.clients), thinkMs: String(shape.thinkMs) };
    case "max":
      return { shape: kind };
    case "search":
      return {
        shape: kind,
        fromRate: String(shape.fromPerSecond),
        toRate: String(shape.toPerSecond),
        percentile: String(shape.objective.percentile),
        responseMs: String(shape.objective.responseMs),
        errorPercent: String(Number((shape.objective.errorRatioMax * 100).toPrecision(12))),
        stepSeconds: String(shape.stepSeconds),
        tolerancePercent: String(Number((shape.toleranceRatio * 100).toPrecision(12))),
      };
  }
}

/** What a preset fills in, at a rate of requests/s and a length in seconds that default to its own. */
export function draftOfPreset(
  name: PresetName,
  ratePerSecond: number = presets[name].usualRatePerSecond,
  seconds: number = presets[name].usualSeconds,
): Partial<Draft> {
  const { pacing, durationSeconds, warmupSeconds, connections } = presets[name].shape(
    ratePerSecond,
    seconds,
  );
  return {
    preset: name,
    ...draftOfShape(pacing),
    duration: String(durationSeconds),
    warmup: String(warmupSeconds),
    connections: String(connections),
  };
}

/** A form filled in as an earlier run was; header values, bodies and feeds are not stored, so they begin empty. */
export function draftOf(run: Run): Draft {
  return {
    ...emptyDraft,
    agents: run.agents.map(({ agent }) => agent),
    name: run.name,
    target: run.target,
    driver: run.driver,
    ...draftOfShape(run.pacing),
    method: run.method,
    connections: String(run.connections),
    duration: String(run.durationSeconds),
    timeout: String(run.timeoutMs),
    precision: run.precision,
    streams: String(run.streams),
    workers: String(run.workers),
    warmup: String(run.warmupSeconds),
  };
}

/** Whether the stages decide how long a test is, or each step of a search does. */
export const hasOwnLength = (kind: ShapeKind): boolean => kind === "stages" || kind === "search";

export const isPacing = (shape: Shape): shape is Pacing => shape.kind !== "search";
