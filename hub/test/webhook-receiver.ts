// A program that receives webhooks, as well or as badly as a test wants: a real HTTP server on a free port.
import { type IncomingHttpHeaders, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebhookPayload } from "@tidemark/proto";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly body: string;
  readonly payload: WebhookPayload;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** How the n-th request, 1 first, is answered; a number is a status. */
  answer: (nth: number) => number | ((response: ServerResponse) => void);
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      const { headers, url: path = "" } = request;
      received.push({ headers, path, body, payload: JSON.parse(body) as WebhookPayload });
      const answer = receiver.answer(received.length);
      if (typeof answer === "number") response.writeHead(answer).end("x");
      else answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: () => 204,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
