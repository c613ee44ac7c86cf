// A WebSocket echo server that must not be the bottleneck: on node:net, one write for all frames of a read. Started by itself it
// prints its port; it answers frames that arrive whole, which is all that a bench sends.
import { type AddressInfo, createServer } from "node:net";
import process from "node:process";
import { echoFrames, handshakeAnswer } from "../demo/websocket-echo.ts";

const empty = Buffer.alloc(0);

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  let rest: Buffer = empty;
  let shaken = false;
  socket.on("data", (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    if (!shaken) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) {
        rest = bytes;
        return;
      }
      const [, key = ""] =
        /^sec-websocket-key: *(\S+)/im.exec(bytes.toString("latin1", 0, end)) ?? [];
      socket.write(handshakeAnswer(key));
      shaken = true;
      from = end + 4;
    }
    const { answer, taken } = echoFrames(bytes, from);
    if (answer.length > 0) socket.write(answer);
    rest = taken === bytes.length ? empty : Buffer.from(bytes.subarray(taken));
  });
});

server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${port}\n`);
});
