// Where Native blocks wait for the embedded engine: six times faster in shared memory than on disk. A hub that was killed leaves
// its folder behind; the next hub on the machine removes it.
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const prefix = "tidemark-blocks-";
/** Below this much room in shared memory, blocks go through the data folder's disk instead. */
const sharedMemoryBytesMin = 268_435_456;

/** A new folder of this process; `path` is the database's own folder, whose lock the caller holds. */
export function blockFolder(path: string, sharedMemory = "/dev/shm"): string {
  const note = join(path, "blocks-folder");
  removeNoted(note);
  removeOrphans(sharedMemory);
  for (const parent of [sharedMemory, path, tmpdir()]) {
    if (parent === sharedMemory && !hasRoom(parent)) continue;
    try {
      const folder = mkdtempSync(join(parent, `${prefix}${process.pid}-`));
      writeFileSync(note, folder, { mode: 0o600 });
      return folder;
    } catch {
      continue;
    }
  }
  throw new Error(`no folder for blocks: neither shared memory nor ${path} can be written`);
}

/** What the hub before this one, on the same data, left. */
function removeNoted(note: string): void {
  if (!existsSync(note)) return;
  const folder = readFileSync(note, "utf8");
  if (basename(folder).startsWith(prefix)) rmSync(folder, { recursive: true, force: true });
}

/** What hubs left whose data folder is gone too. One that lives in another container makes its folder anew when it needs it. */
function removeOrphans(parent: string): void {
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // Another user's: not ours to clear, and no reason not to start.
      continue;
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // Anything else means that there is such a process and it is somebody else's.
    return !(cause instanceof Error && "code" in cause && cause.code === "ESRCH");
  }
}

function hasRoom(parent: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(parent);
    return bavail * bsize >= sharedMemoryBytesMin;
  } catch {
    return false;
  }
}
