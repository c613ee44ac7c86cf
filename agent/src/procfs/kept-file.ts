// A kernel file read again and again through one kept descriptor: a read at position 0 makes the kernel write it afresh.
// All kept files share one buffer, so what a read returns is good until the next read of any of them.
import { closeSync, openSync, readSync } from "node:fs";
import { Scanner } from "./scanner.ts";

/** A /proc file larger than this is refused: 1024 cores make a /proc/stat of about 300 KiB. */
const fileBytesMax = 8 * 1_048_576;
/**
 * seq_file hands out at most a page at a time and stops before the first record that does not fit. No record of the files
 * read here is near 1 KiB, so a shorter answer than this is the whole file and the closing empty read is saved.
 */
const shortAnswerBytes = 3_072;

const shared = new Scanner();

export interface KeptFile {
  /** The file as it is now. Throws the system's error; the next read opens the file anew. */
  readonly read: () => Scanner;
  readonly close: () => void;
}

/** `undefined` when the host has no such file (the hardware, module or kernel option is not there). */
export function keepFile(path: string): KeptFile | undefined {
  let descriptor: number | undefined;
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  const read = (): Scanner => {
    descriptor ??= openSync(path, "r");
    try {
      shared.rewind(readInto(shared, descriptor, path));
      return shared;
    } catch (cause) {
      close();
      throw cause;
    }
  };
  try {
    read();
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw cause;
  }
  return { read, close };
}

/** One read of a file that is not worth keeping open; `undefined` when there is no such file. */
export function scanFile(path: string): Scanner | undefined {
  const file = keepFile(path);
  file?.close();
  return file === undefined ? undefined : shared;
}

/** Whether an error says that this host simply lacks the thing: no file, no device, a kernel feature switched off. */
export function isAbsent(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return (
    code === "ENOENT" ||
    code === "ENOTDIR" ||
    code === "ENODEV" ||
    code === "ENXIO" ||
    code === "EOPNOTSUPP" ||
    code === "ENOTSUP" ||
    code === "ESRCH"
  );
}

function readInto(scanner: Scanner, descriptor: number, path: string): number {
  let length = 0;
  for (;;) {
    const room = scanner.bytes.length - length;
    const count = readSync(descriptor, scanner.bytes, length, room, length);
    length += count;
    if (count === 0 || (count < shortAnswerBytes && count < room)) return length;
    if (length < scanner.bytes.length) continue;
    if (length >= fileBytesMax) throw new Error(`${path} is larger than ${fileBytesMax} bytes`);
    scanner.grow();
  }
}
