// Our load generator beside its peers, each part in turn: how much one core sends over each protocol, what it measures at a
// constant rate and against a server that freezes, what recording costs, and whether memory stays flat. Peers that are on the
// PATH take part: wrk and nginx come by apt, fortio by go install, wrk2 by its own make.
import { freeze } from "../generate/freeze.ts";
import { http1 } from "../generate/http1.ts";
import type { Part } from "../generate/part.ts";
import { protocols } from "../generate/protocols.ts";
import { recording } from "../generate/recording.ts";
import { soak } from "../generate/soak.ts";
import { steady } from "../generate/steady.ts";
import type { Result, Suite } from "../result.ts";

/** The long one last. */
const parts: readonly Part[] = [recording, http1, protocols, steady, freeze, soak];

export const generate: Suite = {
  name: "generate",
  async run(progress, signal) {
    const results: Result[] = [];
    const notes: string[] = [];
    for (const part of parts) {
      const done = await part.run({
        progress: (text) => progress(`${part.name}: ${text}`),
        signal,
      });
      results.push(...done.results);
      notes.push(...done.notes);
    }
    return { results, notes };
  },
};
