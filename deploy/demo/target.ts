// A small HTTP server for load tests to aim at. Its delays and failures come from a seed, so that two runs meet the same
// server. Prints one JSON line when it listens.
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import process from "node:process";
import { parseArgs } from "node:util";
import { type Reaction, reactTo, seeded } from "./target-reactions.ts";

const help = `A small HTTP server for load tests to aim at.

Usage: node deploy/demo/target.ts [--port 0] [--host 127.0.0.1] [--seed 1]

  GET /                       answers at once
  GET /slow?ms=50             answers after 50 ms (at most 10000)
  GET /jitter?ms=5&tail=0.01  a log-normal delay around 5 ms; one in a hundred waits ten times as long
  GET /error?rate=0.1         answers 500 to a tenth of the requests
  GET /bytes?n=65536          answers with so many bytes (at most 1048576)
  GET /freeze?ms=300&every=2300   holds its answers for 300 ms in every 2300 ms

Prints {"url": …} on the first line of its output.
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
  listen(port, values.host, seeded(wholeNumber("--seed", values.seed, 0xffff_ffff)));
}

function listen(port: number, host: string, random: () => number): void {
  const startedMs = performance.now();
  const server = createServer((request, response) => {
    answer(request, response, reactTo(request.url ?? "/", performance.now() - startedMs, random));
  });
  // Idle connections stay longer than a load test pauses between requests.
  server.keepAliveTimeout = 120_000;
  server.once("error", (cause) => {
    process.stderr.write(`the target could not listen on ${host} port ${port}: ${cause.message}\n`);
    process.exitCode = 1;
  });
  server.listen(port, host, () => {
    const address = server.address();
    if (address === null || typeof address === "string") return;
    const name = host.includes(":") ? `[${host}]` : host;
    process.stdout.write(`${JSON.stringify({ url: `http://${name}:${address.port}/` })}\n`);
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
}

function answer(request: IncomingMessage, response: ServerResponse, reaction: Reaction): void {
  // A body is read to its end, or the next request of the connection would wait behind it.
  request.resume();
  const send = () => {
    if (response.destroyed) return;
    response.writeHead(reaction.status, {
      "content-type": "text/plain",
      "content-length": reaction.body.length,
    });
    response.end(request.method === "HEAD" ? undefined : reaction.body);
  };
  if (reaction.delayMs <= 0) send();
  else setTimeout(send, reaction.delayMs);
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max && text.trim() !== "") return value;
  process.stderr.write(
    `${name} must be a whole number from 0 to ${max}, not ${JSON.stringify(text)}\n`,
  );
  process.exit(2);
}
