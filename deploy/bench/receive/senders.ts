// Many senders in one process: each report was sealed by a key of its own before the clock starts, and has a connection of its own. Told
// by its parent over IPC; a round is answered when every report is.
import { randomBytes, randomInt } from "node:crypto";
import { connect } from "node:net";
import process from "node:process";
import { labelsOf, periodAt, reportBodyBytes, reportText, sharingCatalogue } from "@tidemark/proto";
import { reportKey, seal } from "../../../hub/src/sharing/envelope.ts";

/** What the parent asks: seal so many, or send what was sealed to the port, so many at a time. */
export type Order = { readonly seal: number } | { readonly port: number; readonly atOnce: number };

export interface Sent {
  readonly seconds: number;
  /** HTTP status → answers; 0: none. */
  readonly statuses: Readonly<Record<number, number>>;
}

const head = Buffer.from(
  `POST /v1/report HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\nContent-Length: ${reportBodyBytes}\r\nUser-Agent: tidemark-sharing\r\nConnection: close\r\n\r\n`,
);
/** Loopback addresses to send from: one has too few ports for a minute of closed connections. */
const sources = 16;

let messages: Buffer[] = [];

process.on("message", (order: Order) => {
  if ("seal" in order) {
    messages = Array.from({ length: order.seal }, sealedMessage);
    process.send?.({ sealed: messages.length });
  } else {
    void send(order).then((sent) => process.send?.(sent));
  }
});
process.once("disconnect", () => process.exit(0));

function sealedMessage(): Buffer {
  const question = sharingCatalogue.questions[randomInt(sharingCatalogue.questions.length)];
  if (question === undefined) throw new Error("the catalogue has no question");
  const answer = Object.fromEntries(
    question.fields.map(({ name, treatment }) => {
      const labels = labelsOf(treatment);
      return [name, labels[randomInt(labels.length)] ?? ""];
    }),
  );
  const text = reportText({
    question: question.id,
    catalogue: sharingCatalogue.version,
    period: periodAt(question.periodDays, Date.now()),
    answer,
  });
  return Buffer.concat([head, seal(text, reportKey(randomBytes(32)))]);
}

async function send({ port, atOnce }: Exclude<Order, { seal: number }>): Promise<Sent> {
  const statuses: Record<number, number> = {};
  let next = 0;
  const startMs = performance.now();
  const lane = async () => {
    for (let message = messages[next]; message !== undefined; message = messages[next]) {
      next += 1;
      const status = await answered(port, `127.0.0.${2 + (next % sources)}`, message);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { seconds: (performance.now() - startMs) / 1_000, statuses };
}

/** The status of the one answer on a connection, 0 without one. */
function answered(port: number, localAddress: string, message: Buffer): Promise<number> {
  return new Promise((resolve) => {
    let status = 0;
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    socket.on("data", (chunk) => {
      // "HTTP/1.1 200": the digits stand in the first segment.
      if (status === 0) status = Number(chunk.toString("latin1", 9, 12));
    });
    socket.on("error", () => undefined);
    socket.once("close", () => resolve(status));
    socket.write(message);
  });
}
