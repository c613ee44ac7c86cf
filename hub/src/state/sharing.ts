// What the sharing remembers: the answer to each question, the reports of each question and period, and, read when needed, the secret that
// keys are made from, the ledger's head and a withdrawal that is under way.
import type { NatsConnection } from "@nats-io/transport-node";
import {
  LedgerEvent,
  SharingQuestionSchema,
  jsonParser,
  reportTextBytesMax,
  sharingLimits,
  text,
} from "@tidemark/proto";
import { Type } from "typebox";
import type { Batch } from "../sharing/batch.ts";
import type { ConsentRecord } from "../sharing/consent.ts";
import { type Bucket, openBucket } from "./bucket.ts";
import type { StateOptions } from "./options.ts";
import { type Table, openTable } from "./table.ts";

export interface SharingState {
  /** By the question's id. */
  readonly consents: Table<ConsentRecord>;
  /** By `batchKey`. */
  readonly batches: Table<Batch>;
  readonly bucket: Bucket;
  stop(): Promise<void>;
}

/** A question is some kB; thirty reports with an event each some ten; the head of the ledger holds fifty entries. */
const bounds = {
  consents: { bytesMax: 4_194_304, valueBytesMax: 65_536 },
  batches: { bytesMax: 16_777_216, valueBytesMax: 262_144 },
  bucket: { bytesMax: 1_048_576, valueBytesMax: 262_144 },
} as const;

const integer = Type.Integer();

const Consent = Type.Object({
  answer: Type.Union([Type.Literal("yes"), Type.Literal("no")]),
  answeredAtMs: integer,
  by: text(64),
  agreed: Type.Union([
    Type.Object({
      question: SharingQuestionSchema,
      catalogue: integer,
      sha256: text(64),
      sinceMs: integer,
      expiresAtMs: integer,
    }),
    Type.Null(),
  ]),
  isNoted: Type.Boolean(),
});

const KeptBatch = Type.Object({
  question: text(64),
  period: integer,
  catalogueSha256: text(64),
  agreedSinceMs: integer,
  giveUpMs: integer,
  reports: Type.Array(
    Type.Object({
      n: integer,
      text: text(reportTextBytesMax),
      state: Type.Union([
        Type.Literal("waiting"),
        Type.Literal("sent"),
        Type.Literal("exported"),
        Type.Literal("given-up"),
        Type.Literal("dropped"),
      ]),
      tries: integer,
      dueMs: integer,
      sinceMs: integer,
      deletion: Type.Union([
        Type.Object({
          state: Type.Union([
            Type.Literal("waiting"),
            Type.Literal("sent"),
            Type.Literal("failed"),
          ]),
          tries: integer,
          dueMs: integer,
        }),
        Type.Null(),
      ]),
    }),
  ),
  unnoted: Type.Array(
    Type.Object({
      id: text(256),
      atMs: integer,
      event: LedgerEvent,
      text: text(reportTextBytesMax),
      status: Type.Union([integer, Type.Null()]),
      receipt: text(sharingLimits.receiptLengthMax),
      said: text(256),
    }),
  ),
});

export async function openSharingState(
  connection: NatsConnection,
  { troubled = () => undefined }: StateOptions = {},
): Promise<SharingState> {
  const consents = await openTable<ConsentRecord>(connection, {
    name: "sharing-consents",
    bounds: bounds.consents,
    parse: jsonParser(Consent, "answer to a question"),
    troubled,
  });
  const batches = await openTable<Batch>(connection, {
    name: "sharing-reports",
    bounds: bounds.batches,
    parse: jsonParser(KeptBatch, "reports of a period"),
    troubled,
  });
  return {
    consents,
    batches,
    bucket: await openBucket(connection, "sharing", bounds.bucket),
    async stop() {
      await Promise.all([consents.stop(), batches.stop()]);
    },
  };
}
