// One stream of a host's samples for all sections of a page. The latest samples are kept for a section whose first answer
// arrives after them, so that nothing is missing between the answer and the stream.
import type { Agent, LiveSamples } from "@tidemark/proto";
import { openStream, type StreamState } from "../../api/stream.ts";

/** Samples kept for late sections. */
const keptMax = 60;

export interface LiveFeed {
  readonly state: StreamState;
  /** Since when the hub has not been heard, Unix ms; undefined while the stream is open or opens for the first time. */
  readonly lostSinceMs: number | undefined;
  /** The stream was open, or failed, once: what is fetched from now on leaves no hole before the first sample. */
  readonly begun: boolean;
  /** Unix seconds of the newest sample. */
  readonly newest: number | undefined;
  readonly recent: readonly LiveSamples[];
  onSamples(listener: (samples: LiveSamples) => void): () => void;
}

export interface LiveFeedOptions {
  readonly agent: () => string;
  readonly enabled: () => boolean;
  /** The stream is open again after a pause in which samples passed by. */
  readonly resumed: () => void;
  readonly agentChanged: (agent: Agent) => void;
}

/** Call while a component initialises; the stream lives and dies with it. */
export function liveFeed(options: LiveFeedOptions): LiveFeed {
  let state = $state<StreamState>("connecting");
  let lostSinceMs = $state<number | undefined>(undefined);
  let begun = $state(false);
  let newest = $state<number | undefined>(undefined);
  let recent: LiveSamples[] = [];
  const listeners = new Set<(samples: LiveSamples) => void>();

  $effect(() => {
    const id = options.agent();
    if (!options.enabled()) return;
    let opened = false;
    recent = [];
    newest = undefined;
    lostSinceMs = undefined;
    return openStream(
      "/live",
      { agent: id },
      {
        state: (next) => {
          state = next;
          if (next === "open") lostSinceMs = undefined;
          else if (next === "lost") lostSinceMs ??= Date.now();
          if (next !== "connecting") begun = true;
          if (next !== "open") return;
          if (opened) options.resumed();
          opened = true;
        },
        events: {
          samples: (samples: LiveSamples) => {
            if (samples.agent !== id) return;
            recent = [...recent.slice(1 - keptMax), samples];
            newest = Math.max(newest ?? 0, samples.times.at(-1) ?? 0);
            for (const listener of listeners) listener(samples);
          },
          agents: (agent: Agent) => {
            if (agent.id === id) options.agentChanged(agent);
          },
        },
      },
    );
  });

  return {
    get state() {
      return state;
    },
    get lostSinceMs() {
      return lostSinceMs;
    },
    get begun() {
      return begun;
    },
    get newest() {
      return newest;
    },
    get recent() {
      return recent;
    },
    onSamples(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
