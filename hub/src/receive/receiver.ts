// What becomes of one body, whoever brings it: opened, judged, stored, receipted. The HTTP server and the import both end here.
import type { ReportRefusal, SharingCatalogue } from "@tidemark/proto";
import { type BodyKind, open, textSha256 } from "../sharing/envelope.ts";
import { dayOf, dayText } from "./day.ts";
import type { Identity } from "./identity.ts";
import type { Intake } from "./intake.ts";
import { judgeDeletion, judgeReport } from "./judge.ts";
import { reportDaysMax } from "./store.ts";

export type Outcome =
  | { readonly kind: "accepted"; readonly receipt: string; readonly repeated: boolean }
  | { readonly kind: "refused"; readonly reason: ReportRefusal }
  /** Nothing is wrong with it; it may come again. */
  | { readonly kind: "unavailable" };

export interface Receiver {
  receive(kind: BodyKind, body: Uint8Array): Promise<Outcome>;
}

export interface ReceiverParts {
  readonly identity: Identity;
  readonly intake: Intake;
  /** The newest first. */
  readonly catalogues: readonly SharingCatalogue[];
  readonly now: () => number;
  readonly received: (kind: BodyKind, outcome: Outcome) => void;
}

export function openReceiver(parts: ReceiverParts): Receiver {
  const { identity, intake, catalogues, now, received } = parts;

  async function takeReport(publicKey: string, text: string): Promise<Outcome> {
    const nowMs = now();
    const judged = judgeReport(text, catalogues, nowMs);
    if (typeof judged === "string") return { kind: "refused", reason: judged };
    const { report } = judged;
    const sha256 = textSha256(text);
    const today = dayOf(nowMs);
    // What may be deleted must be known: as long as its row is kept, be its period over.
    const closedDay = Math.max(judged.closedDay, today + reportDaysMax + 1);
    const row = {
      ...report,
      public_key: publicKey,
      text_sha256: sha256,
      received_day: dayText(today),
      closed_day: dayText(closedDay),
    };
    const taken = await intake.take(row, closedDay);
    if (taken === "busy") return { kind: "unavailable" };
    if (taken === "conflict") return { kind: "refused", reason: "conflict" };
    const receipt = await identity.receipt("report", sha256);
    return { kind: "accepted", receipt, repeated: taken === "repeated" };
  }

  async function takeDeletion(publicKey: string, text: string): Promise<Outcome> {
    const deletion = judgeDeletion(text);
    if (typeof deletion === "string") return { kind: "refused", reason: deletion };
    const removed = await intake.remove(publicKey, deletion.delete);
    if (removed === "busy") return { kind: "unavailable" };
    if (removed === "foreign") return { kind: "refused", reason: "foreign" };
    const receipt = await identity.receipt("delete", textSha256(text));
    return { kind: "accepted", receipt, repeated: removed === "repeated" };
  }

  return {
    async receive(kind, body) {
      const opened = await open(body);
      let outcome: Outcome;
      if (typeof opened === "string") outcome = { kind: "refused", reason: opened };
      else if (kind === "report") outcome = await takeReport(opened.publicKey, opened.text);
      else outcome = await takeDeletion(opened.publicKey, opened.text);
      received(kind, outcome);
      return outcome;
    },
  };
}
