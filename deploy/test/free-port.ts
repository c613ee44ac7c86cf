// A port for a server that a test starts by its number, kills, and starts again on the same one.
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Linux gives ports from 32,768 on to whoever connects or listens on port 0: there, others would take it between two lives. */
const first = 20_000;
const end = 32_768;
const triesMax = 100;

/** A loopback port that nobody listens on; throws when so many tries found none. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = randomInt(first, end);
    if (await isFree(port)) return port;
  }
  throw new Error(`${triesMax} ports of 127.0.0.1 from ${first} to ${end} were all taken`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
