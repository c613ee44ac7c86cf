// The fastest HTTP/2 server there is for a client that sends one request again and again: it looks at frames alone, never into
// their header blocks, and answers all that one read brought with one write. Argument: http or grpc. Prints its port.
import { type AddressInfo, createServer } from "node:net";
import process from "node:process";
import {
  flags,
  frame,
  frameHeaderBytes,
  frameTypes,
  preface,
  readUint32,
  settings,
  settingsPayload,
  uint32Payload,
  writeUint32,
} from "../../agent/src/load/http2/frames.ts";

/** Fields without Huffman or table, so that no response changes the peer's: index of the name, or its text, and the value. */
const field = (name: number | string, value: string) =>
  Buffer.concat([
    typeof name === "number"
      ? Buffer.from(name < 15 ? [name] : [15, name - 15])
      : Buffer.from([0, name.length, ...Buffer.from(name)]),
    Buffer.from([value.length, ...Buffer.from(value)]),
  ]);
const ok = Buffer.from([0x88]);
const [contentType, contentLength] = [31, 28];
const headed = (flag: number, ...fields: Buffer[]) =>
  frame(frameTypes.headers, flags.endHeaders | flag, 0, Buffer.concat(fields));

const hello = Buffer.from("hello world\n");
/** An empty message: no more than its length. */
const message = Buffer.alloc(5);
const answers: Readonly<Record<string, readonly Buffer[]>> = {
  http: [
    headed(0, ok, field(contentType, "text/plain"), field(contentLength, `${hello.length}`)),
    frame(frameTypes.data, flags.endStream, 0, hello),
  ],
  grpc: [
    headed(0, ok, field(contentType, "application/grpc")),
    frame(frameTypes.data, 0, 0, message),
    headed(flags.endStream, field("grpc-status", "0")),
  ],
};
const answer = answers[process.argv[2] ?? ""];
if (answer === undefined) throw new Error("which answers: http or grpc?");
const whole = Buffer.concat(answer);
/** Where each frame of the answer holds the stream's id. */
const ids = answer.map((_, index) =>
  answer.slice(0, index).reduce((at, { length }) => at + length, 5),
);

const greeting = Buffer.concat([
  frame(
    frameTypes.settings,
    0,
    0,
    settingsPayload([
      [settings.maxConcurrentStreams, 1_000],
      [settings.initialWindowSize, 0x7fff_ffff],
    ]),
  ),
  frame(frameTypes.windowUpdate, 0, 0, uint32Payload(0x7fff_0000)),
]);
const acknowledgement = frame(frameTypes.settings, flags.ack, 0);

const server = createServer({ noDelay: true }, (socket) => {
  let held: Buffer = Buffer.alloc(0);
  let isGreeted = false;
  let consumed = 0;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    const bytes = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    let at = isGreeted ? 0 : preface.length;
    let out: Buffer = Buffer.allocUnsafe(whole.length * Math.ceil(bytes.length / 10));
    let length = 0;
    if (!isGreeted) {
      if (bytes.length < preface.length) {
        held = bytes;
        return;
      }
      isGreeted = true;
      socket.write(greeting);
    }
    while (bytes.length - at >= frameHeaderBytes) {
      const size = bytes.readUIntBE(at, 3);
      if (bytes.length - at < frameHeaderBytes + size) break;
      const type = bytes[at + 3];
      const flag = bytes[at + 4] ?? 0;
      const stream = readUint32(bytes, at + 5);
      at += frameHeaderBytes + size;
      if (type === frameTypes.settings && (flag & flags.ack) === 0) socket.write(acknowledgement);
      if (type === frameTypes.ping && (flag & flags.ack) === 0)
        socket.write(frame(frameTypes.ping, flags.ack, 0, bytes.subarray(at - size, at)));
      if (type !== frameTypes.headers && type !== frameTypes.data) continue;
      if (type === frameTypes.data) consumed += size;
      if ((flag & flags.endStream) === 0) continue;
      if (out.length - length < whole.length) out = Buffer.concat([out, Buffer.alloc(out.length)]);
      out.set(whole, length);
      for (const id of ids) writeUint32(out, length + id, stream);
      length += whole.length;
    }
    held = bytes.subarray(at);
    if (consumed > 0x3fff_ffff) {
      socket.write(frame(frameTypes.windowUpdate, 0, 0, uint32Payload(consumed)));
      consumed = 0;
    }
    if (length > 0) socket.write(out.subarray(0, length));
  });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${port}\n`);
});
