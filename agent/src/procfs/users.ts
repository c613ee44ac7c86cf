// Names of user ids from /etc/passwd, read again when the file changes. Users of a directory service show as their number.
import { readFileSync, statSync } from "node:fs";
import { isAbsent } from "./kept-file.ts";

/** A larger file is not read: it is no hand-kept list of local users. */
const passwdBytesMax = 1_048_576;

interface Users {
  nameOf(uid: number | undefined): string;
}

interface Cached {
  readonly path: string;
  readonly changedMs: number;
  readonly names: ReadonlyMap<number, string>;
}

let cached: Cached | undefined;

export function readUsers(hostRoot: string): Users {
  const path = `${hostRoot === "/" ? "" : hostRoot}/etc/passwd`;
  const names = readNames(path);
  return {
    nameOf: (uid) => (uid === undefined ? "" : (names.get(uid) ?? String(uid))),
  };
}

function readNames(path: string): ReadonlyMap<number, string> {
  try {
    const { mtimeMs, size } = statSync(path);
    if (cached?.path === path && cached.changedMs === mtimeMs) return cached.names;
    const text = size > passwdBytesMax ? "" : readFileSync(path, "utf8");
    cached = { path, changedMs: mtimeMs, names: parse(text) };
    return cached.names;
  } catch (cause) {
    if (isAbsent(cause)) return new Map();
    throw cause;
  }
}

function parse(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [name, , uid] = line.split(":");
    if (name !== undefined && uid !== undefined && !names.has(Number(uid)))
      names.set(Number(uid), name);
  }
  return names;
}
