// A target that counts: what agents say they sent can be held against what arrived.
import { type AddressInfo, type Socket, createServer } from "node:net";

export interface CountingTarget {
  readonly url: string;
  requests(): number;
  /** When the last request arrived, ms of performance.now(). */
  lastMs(): number;
  stop(): Promise<void>;
}

const answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const end = "\r\n\r\n";

/** Answers every GET at once. */
export async function startCountingTarget(): Promise<CountingTarget> {
  let requests = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      for (let at = text.indexOf(end); at >= 0; at = text.indexOf(end)) {
        text = text.slice(at + end.length);
        requests += 1;
        lastMs = performance.now();
        socket.write(answer);
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests: () => requests,
    lastMs: () => lastMs,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
