// The ceiling for a receiver on node:http: it reads the body and answers as many bytes as a receipt has, and does nothing else.
import { createServer } from "node:http";

const answer = JSON.stringify({ receipt: "0".repeat(64 + 1 + 86) });

const server = createServer((request, response) => {
  request.resume().once("end", () => {
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": answer.length,
      "cache-control": "no-store",
      connection: "close",
    });
    response.end(answer);
  });
});
server.listen({ host: "127.0.0.1", port: 0, backlog: 4_096 }, () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`);
});
process.once("SIGTERM", () => process.exit(0));
