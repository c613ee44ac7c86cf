// The life cycle both programs share: parts start in order and stop in reverse, even when a start fails.

/** Something that lives: a connection, a timer, a child process. */
export interface Part {
  readonly name: string;
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `parts` in order, waits for `signal`, stops the started ones in reverse. A failing stop is told and never hides the next. */
export async function runParts(
  parts: readonly Part[],
  signal: AbortSignal,
  stopFailed: (part: string, cause: unknown) => void,
): Promise<void> {
  const started: Part[] = [];
  try {
    for (const part of parts) {
      if (signal.aborted) break;
      started.push(part);
      await part.start(signal);
    }
    if (!signal.aborted)
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
  } finally {
    for (const part of started.reverse()) {
      try {
        await part.stop();
      } catch (cause) {
        stopFailed(part.name, cause);
      }
    }
  }
}
