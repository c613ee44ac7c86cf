// The other native protocols on one core, each against a server of ours that is faster than any client.
import type { LoadPlan } from "@tidemark/proto";
import { type Aim, native, program } from "../generators.ts";
import { type Result, result } from "../result.ts";
import { startServerProcess } from "../server-process.ts";
import { type Part, type PartOptions, Rounds } from "./part.ts";

const rounds = 3;
const seconds = 5;
const streams = 32;

export const protocols: Part = {
  name: "protocols",
  async run(options) {
    return {
      results: [...(await http2(options)), ...(await websocket(options)), ...(await grpc(options))],
      notes: [
        `Other protocols: ${rounds} rounds of ${seconds} s, the generator on core 1, a server of ours on core 0 that answers every request at once; ${streams} requests under way, as many streams of one connection for HTTP/2 and gRPC, as many connections for WebSocket.`,
      ],
    };
  },
};

async function http2(options: PartOptions): Promise<Result[]> {
  const server = await startServerProcess("http2-responder.ts", ["http"], "http");
  try {
    const takes = {
      native: native(aimAt(server.url, 1), { driver: "http2", streams }),
      node: program("node-http2-client.ts", [server.url, `${seconds}`, `${streams}`]),
    };
    const done = await new Rounds<keyof typeof takes>().play(rounds, takes, "http2", options);
    return [
      result("HTTP/2 requests/s, one core", done.median("native", "perSecond"), "/s", undefined, {
        "node:http2": done.median("node", "perSecond"),
        "CPU per request, µs": done.median("native", "cpuMicrosPerRequest"),
      }),
      result("HTTP/2, of node:http2's client", done.ratio("native", "node", "perSecond"), "×", {
        atLeast: 2,
      }),
    ];
  } finally {
    await server.stop();
  }
}

async function websocket(options: PartOptions): Promise<Result[]> {
  const server = await startServerProcess("websocket-server.ts", [], "ws");
  const change: Partial<LoadPlan> = {
    driver: "websocket",
    body: "hello world",
    websocket: { exchange: "echo" },
  };
  return await alone(
    "WebSocket echo round trips/s, one core",
    60_000,
    server,
    streams,
    change,
    options,
  );
}

async function grpc(options: PartOptions): Promise<Result[]> {
  const server = await startServerProcess("http2-responder.ts", ["grpc"], "grpc");
  const proto =
    'syntax = "proto3"; package bench; message Text { string text = 1; } service Echo { rpc Say(Text) returns (Text); }';
  const change: Partial<LoadPlan> = {
    driver: "grpc",
    streams,
    body: '{"text":"hello world"}',
    grpc: { call: "unary", method: "bench.Echo/Say", proto },
  };
  return await alone("gRPC unary calls/s, one core", 15_000, server, 1, change, options);
}

/** A protocol that no peer speaks as a load generator on this machine. */
async function alone(
  name: string,
  atLeast: number,
  server: { readonly url: string; stop(): Promise<void> },
  connections: number,
  change: Partial<LoadPlan>,
  options: PartOptions,
): Promise<Result[]> {
  try {
    const takes = { native: native(aimAt(server.url, connections), change) };
    const done = await new Rounds<"native">().play(rounds, takes, name, options);
    return [
      result(
        name,
        done.median("native", "perSecond"),
        "/s",
        { atLeast },
        {
          "CPU per request, µs": done.median("native", "cpuMicrosPerRequest"),
        },
      ),
    ];
  } finally {
    await server.stop();
  }
}

const aimAt = (url: string, connections: number): Aim => ({ url, connections, seconds });
