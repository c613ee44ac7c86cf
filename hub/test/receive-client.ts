// What senders do, and what no sender would: sealed reports, and bytes on a connection of their own.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import {
  type SharingAnswer,
  deletionText,
  periodAt,
  reportText,
  sharingCatalogue,
} from "@tidemark/proto";
import { type ReportKey, reportKey, seal, textSha256 } from "../src/sharing/envelope.ts";

export interface Sealed {
  readonly key: ReportKey;
  readonly text: string;
  readonly body: Buffer;
}

export interface Made {
  readonly question: string;
  readonly period: number;
  readonly catalogue: number;
  readonly answer: SharingAnswer;
}

/** A report of the current period, from a key of its own, changed as told. */
export function sealedReport(change: Partial<Made> = {}, key = newKey()): Sealed {
  return sealed(
    reportText({
      question: "fleet.size",
      catalogue: sharingCatalogue.version,
      period: periodAt(28, Date.now()),
      answer: { hosts: "64-127", release: "other" },
      ...change,
    }),
    key,
  );
}

export const newKey = (): ReportKey => reportKey(randomBytes(32));
export const sealed = (text: string, key = newKey()): Sealed => ({
  key,
  text,
  body: seal(text, key),
});
/** The deletion of a report's text, by its own key or another. */
export const sealedDeletion = (report: Sealed, key = report.key): Sealed =>
  sealed(deletionText({ delete: textSha256(report.text) }), key);

export interface Answer {
  /** 0: closed without one. */
  readonly status: number;
  readonly text: string;
}

/** The headers that senders send. */
export const headOf = (path: string, more = "Content-Length: 1024\r\n") =>
  `POST ${path} HTTP/1.1\r\nHost: receiver\r\nContent-Type: application/octet-stream\r\n${more}User-Agent: tidemark-sharing\r\nConnection: close\r\n\r\n`;

/** Sends the pieces over a connection of its own and reads until it is closed. */
export async function spoken(url: string, ...pieces: (string | Buffer)[]): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
  // A receiver that has refused closes, and what is still on its way meets a reset.
  socket.on("error", () => undefined);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  for (const piece of pieces) socket.write(piece);
  await closed;
  const [head = "", body = ""] = text.split("\r\n\r\n");
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), text: body };
}

export const posted = (url: string, path: string, body: Buffer): Promise<Answer> =>
  spoken(url, headOf(path), body);
