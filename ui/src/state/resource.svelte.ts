// A thing fetched for as long as a component lives: fetched again when the state that `load` reads changes, on a timer
// while the tab is visible, and on retry. The last good value stays while a newer one is awaited.
import { untrack } from "svelte";
import { ApiFailure } from "../api/errors.ts";

export interface Resource<T> {
  readonly value: T | undefined;
  readonly failure: ApiFailure | undefined;
  /** When the value arrived, Unix ms. */
  readonly loadedAtMs: number | undefined;
  reload(): void;
  /** Replaces the value with something newer than a fetch: an event, the answer to a change. */
  set(value: T): void;
}

export interface ResourceOptions {
  /** Fetch again this long after each answer, ms. */
  readonly everyMs?: () => number | undefined;
}

/** Call while a component initialises. `load` returning undefined means there is nothing to fetch now. */
export function resource<T>(
  load: (signal: AbortSignal) => Promise<T> | undefined,
  options: ResourceOptions = {},
): Resource<T> {
  let value = $state.raw<T | undefined>(undefined);
  let failure = $state.raw<ApiFailure | undefined>(undefined);
  let loadedAtMs = $state<number | undefined>(undefined);
  let attempt = $state(0);

  $effect(() => {
    void attempt;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;

    const again = () => {
      const everyMs = untrack(() => options.everyMs?.());
      if (everyMs === undefined || stop.signal.aborted) return;
      timer = setTimeout(() => {
        if (document.visibilityState === "visible") follow(load(stop.signal));
        else
          document.addEventListener("visibilitychange", () => follow(load(stop.signal)), {
            once: true,
            signal: stop.signal,
          });
      }, everyMs);
    };
    const follow = (pending: Promise<T> | undefined) => {
      pending?.then(
        (answer) => {
          if (stop.signal.aborted) return;
          value = answer;
          failure = undefined;
          loadedAtMs = Date.now();
          again();
        },
        (cause: unknown) => {
          if (stop.signal.aborted) return;
          failure =
            cause instanceof ApiFailure
              ? cause
              : new ApiFailure("internal", String(cause), { cause });
          again();
        },
      );
    };
    follow(load(stop.signal));
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  });

  return {
    get value() {
      return value;
    },
    get failure() {
      return failure;
    },
    get loadedAtMs() {
      return loadedAtMs;
    },
    reload: () => (attempt += 1),
    set: (next: T) => {
      value = next;
      failure = undefined;
      loadedAtMs = Date.now();
    },
  };
}
