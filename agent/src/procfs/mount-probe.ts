// statfs(2) of a dead network mount never returns and holds a thread of Node's pool for as long. So every question has a
// timeout, a mount with an unanswered question is left alone, and few may be unanswered at once: the agent never hangs.

/** How long a question waits for its answer. */
export const mountTimeoutMs = 2_000;
/** Unanswered questions at once: Node's pool has four threads, and files and names need some. */
const hangingMountsMax = 2;

/** Sizes in blocks of `bsize` bytes, as statfs(2) gives them. */
export interface FilesystemSize {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

export type MountAnswer =
  | { readonly kind: "size"; readonly size: FilesystemSize }
  | { readonly kind: "unknown"; readonly why: string };

export type MountProbe = (path: string) => Promise<MountAnswer>;

/** One probe serves the whole process, since the bound is the process's. */
export function createMountProbe(statfs: (path: string) => Promise<FilesystemSize>): MountProbe {
  const unanswered = new Set<string>();

  const ask = async (path: string): Promise<MountAnswer> => {
    unanswered.add(path);
    try {
      return { kind: "size", size: await statfs(path) };
    } catch (cause) {
      return unknown(cause instanceof Error ? cause.message : String(cause));
    } finally {
      unanswered.delete(path);
    }
  };

  return async (path) => {
    if (unanswered.has(path)) return unknown("still does not answer");
    if (unanswered.size >= hangingMountsMax)
      return unknown("waits behind mounts that do not answer");
    return await within(ask(path), mountTimeoutMs);
  };
}

const unknown = (why: string): MountAnswer => ({ kind: "unknown", why });

async function within(answer: Promise<MountAnswer>, timeoutMs: number): Promise<MountAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<MountAnswer>((resolve) => {
    timer = setTimeout(() => resolve(unknown(`did not answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
