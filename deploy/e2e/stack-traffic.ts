// A made-up /proc with a thousand busy interfaces, for a real agent that must fill its outbox within a minute.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const interfaces = 1_000;
const everyMs = 250;

/** Writes `<folder>/net/dev` again and again; the returned function stops it. */
export function makeTraffic(folder: string): () => void {
  const counters = Array.from({ length: interfaces }, () => ({ bytes: 0, packets: 0 }));
  mkdirSync(join(folder, "net"), { recursive: true });
  const write = () => {
    const lines = counters.map((counter, index) => {
      counter.bytes += Math.floor(Math.random() * 1_000_000);
      counter.packets += Math.floor(Math.random() * 1_000);
      const { bytes, packets } = counter;
      return `  busy${index}: ${bytes} ${packets} 0 0 0 0 0 0 ${bytes} ${packets} 0 0 0 0 0 0`;
    });
    writeFileSync(join(folder, "net", "dev"), `${header}${lines.join("\n")}\n`);
  };
  write();
  const timer = setInterval(write, everyMs);
  return () => clearInterval(timer);
}

const header = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
