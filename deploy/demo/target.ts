// A small server for load tests to aim at, in every protocol that the agents speak by themselves. Its delays and failures come
// from a seed, so that two runs meet the same server. Prints one JSON line when it listens.
import process from "node:process";
import { parseArgs } from "node:util";
import { openTarget } from "./open-target.ts";

const help = `A small server for load tests to aim at.

Usage: node deploy/demo/target.ts [--port 0] [--host 127.0.0.1] [--seed 1]

HTTP/1.1 on the port:
  GET /                       answers at once
  GET /slow?ms=50             answers after 50 ms (at most 10000)
  GET /jitter?ms=5&tail=0.01  a log-normal delay around 5 ms; one in a hundred waits ten times as long
  GET /machines?n=100&slower=0.1  a list of 100 machines, around 25 ms; a tenth slower than the release before
  GET /error?rate=0.1         answers 500 to a tenth of the requests
  GET /bytes?n=65536          answers with so many bytes (at most 1048576)
  GET /freeze?ms=300&every=2300   holds its answers for 300 ms in every 2300 ms
  GET /events?every=100       server-sent events: one at once, then one every 100 ms
  ws://…/                     a WebSocket that says back every message

On the next port, or another when it is taken:
  http://…/                   all of /slow … /freeze by HTTP/2 in the clear (driver http2)
  grpc://…/                   grpc.health.v1.Health/Check: SERVING

On the one after, or another when it is taken:
  tcp://… and udp://…         say back what they get

Prints {"url": …, "http2": …, "grpc": …, "websocket": …, "sse": …, "tcp": …, "udp": …} on the first line of its output.
Environment: TIDEMARK_DEMO_TARGET_PORT stands for --port.`;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: process.env["TIDEMARK_DEMO_TARGET_PORT"] ?? "0" },
    host: { type: "string", default: "127.0.0.1" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) {
  process.stdout.write(`${help}\n`);
} else {
  const port = wholeNumber("--port", values.port, 65_535);
  const seed = wholeNumber("--seed", values.seed, 0xffff_ffff);
  try {
    const target = await openTarget({ port, host: values.host, seed });
    process.stdout.write(`${JSON.stringify(target.addresses)}\n`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => target.close());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    process.stderr.write(`the target could not listen on ${values.host} port ${port}: ${reason}\n`);
    process.exitCode = 1;
  }
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max && text.trim() !== "") return value;
  process.stderr.write(
    `${name} must be a whole number from 0 to ${max}, not ${JSON.stringify(text)}\n`,
  );
  process.exit(2);
}
