// What a server sent on a WebSocket, as a person reads it: the head of its handshake, then a line for each message.
import { HeadReader } from "../../streams/head.ts";
import { readable } from "../../streams/readable.ts";
import { FrameReader, opcodes } from "./frames.ts";

const names: ReadonlyMap<number, string> = new Map([
  [opcodes.text, "text"],
  [opcodes.binary, "binary"],
  [opcodes.close, "close"],
  [opcodes.ping, "ping"],
  [opcodes.pong, "pong"],
]);

export function describeReceived(received: Buffer, hide: (text: string) => string): string {
  const show = (bytes: Buffer) => readable(bytes, hide);
  const progress = new HeadReader().feed(received, 0, received.length);
  if (progress.kind !== "head") return show(received);
  const head = show(received.subarray(0, progress.end)).replaceAll("\\r\n", "\n");
  if (progress.head.status !== 101) return head + show(received.subarray(progress.end));
  const lines = [head.trimEnd(), ""];
  const tell = (opcode: number, bytes: Buffer, from: number, to: number) => {
    const content =
      opcode === opcodes.close && to - from >= 2
        ? `${bytes.readUInt16BE(from)} ${show(bytes.subarray(from + 2, to))}`
        : show(bytes.subarray(from, to));
    lines.push(`${names.get(opcode) ?? opcode}: ${content}`);
  };
  const fault = new FrameReader({ message: tell, control: tell }, true).feed(
    received,
    progress.end,
    received.length,
  );
  if (fault !== undefined) lines.push(`(${fault})`);
  return lines.join("\n");
}
