// node:http2's own client as a load generator, the peer of ours: keeps so many streams of one connection busy for so many
// seconds. Arguments: URL, seconds, streams. Prints what came of it as one JSON line.
import { connect } from "node:http2";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

const [, , url = "", seconds = "5", streams = "32"] = process.argv;
const session = connect(url);
let requests = 0;
let isOver = false;

const send = () => {
  const request = session.request({ ":path": "/" });
  request.on("data", () => undefined);
  request.on("end", () => {
    requests += 1;
    if (!isOver) send();
  });
};

const begunMs = performance.now();
for (let stream = 0; stream < Number(streams); stream += 1) send();
await delay(Number(seconds) * 1_000);
isOver = true;
const perSecond = requests / ((performance.now() - begunMs) / 1_000);
session.destroy();
process.stdout.write(`${JSON.stringify({ perSecond, requests })}\n`);
