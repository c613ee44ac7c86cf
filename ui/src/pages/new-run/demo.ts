// The demo's own target, in every protocol it speaks: what a newcomer can try with one press. Pure.
import { emptyDraft, type Draft } from "../load-form/draft.ts";
import type { Candidate } from "../load-form/who.ts";

/** The label that the demo gives its agent. */
const demoRole = "demo";
const loopback = ["127.0.0.1", "localhost", "[::1]"];

type Place = Pick<Location, "hostname" | "port">;

/** Where the demo's target listens, the port after the hub's; empty where this hub can be none. */
export function demoTarget({ hostname, port }: Place): string {
  return loopback.includes(hostname) && port !== "" ? `http://127.0.0.1:${Number(port) + 1}/` : "";
}

export interface Suggestion {
  readonly label: string;
  /** The fields that it fills. */
  readonly draft: Partial<Draft>;
}

/** Empty unless the hub is a demo's. */
export function demoSuggestions(
  place: Place,
  candidates: readonly Pick<Candidate, "labels">[],
): readonly Suggestion[] {
  const target = demoTarget(place);
  if (target === "" || !candidates.some(({ labels }) => labels["role"] === demoRole)) return [];
  const port = Number(place.port) + 1;
  const suggest = (label: string, draft: Partial<Draft>): Suggestion => ({
    label,
    // What another suggestion filled is as it was.
    draft: { driver: emptyDraft.driver, body: emptyDraft.body, ...draft },
  });
  const http2 = `127.0.0.1:${port + 1}`;
  const echo = `127.0.0.1:${port + 2}`;
  return [
    suggest("a freezing server", { target: `${target}freeze?ms=300&every=2300` }),
    suggest("a jittery one", { target: `${target}jitter?ms=5&tail=0.01` }),
    suggest("one that fails", { target: `${target}error?rate=0.1` }),
    suggest("HTTP/2", { target: `http://${http2}/`, driver: "http2" }),
    suggest("gRPC", { target: `grpc://${http2}`, grpcCall: "health", grpcMethod: "" }),
    suggest("WebSocket", {
      target: `ws://127.0.0.1:${port}/`,
      websocketExchange: "echo",
      body: "hello",
    }),
    suggest("server-sent events", {
      target: `${target}events?every=100`,
      driver: "sse",
      sseMeasure: "first-event",
    }),
    suggest("TCP", { target: `tcp://${echo}`, socketExchange: "echo", body: "hello" }),
    suggest("UDP", { target: `udp://${echo}`, socketExchange: "echo", body: "hello" }),
  ];
}
