// A hub process reduced to its broker, for tests that kill it: prints one line of JSON when the broker is ready.
import { pino } from "pino";
import { startBroker } from "../src/broker/broker.ts";

const [dataDir = "", port = "0"] = process.argv.slice(2);
const broker = await startBroker(
  { dataDir, host: "127.0.0.1", port: Number(port) },
  pino({ level: "silent" }),
);
process.stdout.write(`${JSON.stringify({ url: broker.brokerUrls[0], pid: broker.serverPid() })}\n`);
