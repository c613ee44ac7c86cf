// How far a schedule has come: one record, written with a revision check before anything is done and after it was. A leader that is
// killed in between leaves what is to be done in `open`; the next one does it, by the same ids. Since `untilMs` only grows, no time
// is looked at twice, however long a leader was frozen.
import { FiringOutcome, IdSchema, jsonParser } from "@tidemark/proto";
import { type Static, Type } from "typebox";

/**
 * queued: waits for the one before; claimed: is to be started; started: its campaign is under way; cancelling: its campaign makes
 * room for a later one; over: came to nothing, which is to be recorded.
 */
const OpenFiring = Type.Object({
  id: IdSchema,
  dueAtMs: Type.Integer(),
  startsAtMs: Type.Integer(),
  isManual: Type.Boolean(),
  state: Type.Union([
    Type.Literal("queued"),
    Type.Literal("claimed"),
    Type.Literal("started"),
    Type.Literal("cancelling"),
    Type.Literal("over"),
  ]),
  /** Since when it has been in it, Unix ms. */
  stateAtMs: Type.Integer(),
  outcome: FiringOutcome,
  cause: Type.String({ maxLength: 512 }),
  isRecorded: Type.Boolean(),
});
export type OpenFiring = Readonly<Static<typeof OpenFiring>>;

const Progress = Type.Object({
  /** Of the leader that wrote it last: one of a lower term writes no more. */
  term: Type.Integer({ minimum: 0 }),
  /** The last time due that was decided on. */
  untilMs: Type.Integer(),
  open: Type.Array(OpenFiring, { maxItems: 1_000 }),
});
export interface Progress {
  readonly term: number;
  readonly untilMs: number;
  readonly open: readonly OpenFiring[];
}

export const parseProgress: (bytes: Uint8Array) => Progress = jsonParser(
  Progress,
  "progress of a schedule",
);
