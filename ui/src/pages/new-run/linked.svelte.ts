// What ties the form to elsewhere: the earlier run it begins as, and the URL that follows it. Call while the form initialises.
import type { Run } from "@tidemark/proto";
import { untrack } from "svelte";
import { readRun, readRuns } from "../../api/hub.ts";
import { router, setQuery } from "../../router/router.svelte.ts";

/** Browsers allow only so many changes of the URL a second. */
const settleMs = 400;

/**
 * A test is usually one of the last again. `begin` gets the run that the URL names with `like`, to be filled in whole, or the
 * newest, for its target alone where the URL names none. Without either the form keeps its defaults.
 */
export function startFromEarlier(begin: (run: Run, whole: boolean) => void): void {
  $effect(() => {
    const { source, hasTarget } = untrack(() => ({
      source: router.query.get("like"),
      hasTarget: router.query.has("target"),
    }));
    if (source === null && hasTarget) return;
    const stop = new AbortController();
    const earlier =
      source === null
        ? readRuns({ limit: 1 }, stop.signal).then((list) => list.items[0])
        : readRun(source, stop.signal);
    earlier.then(
      (run) => {
        if (run !== undefined) begin(run, source !== null);
      },
      // The form is of use without it, and says by its own requests when the hub is away.
      () => undefined,
    );
    return () => stop.abort();
  });
}

/** Puts the query into the URL after a pause; undefined leaves the URL as it is. */
export function followInUrl(
  query: () => Readonly<Record<string, string | undefined>> | undefined,
): void {
  $effect(() => {
    const changes = query();
    if (changes === undefined) return;
    const timer = setTimeout(() => setQuery(changes, { replace: true }), settleMs);
    return () => clearTimeout(timer);
  });
}
