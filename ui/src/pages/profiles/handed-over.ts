// The draft that the import dialog or a run hands to the editor. It lives as long as this page of the browser does.
import type { ProfileDraft } from "@tidemark/proto";

let waiting: ProfileDraft | undefined;

export function handOver(draft: ProfileDraft): void {
  waiting = draft;
}

/** The draft that waits; it stays, so that going back and forth keeps it. */
export const handedOver = (): ProfileDraft | undefined => waiting;
