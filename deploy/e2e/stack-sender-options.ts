import { parser } from "@tidemark/proto";
import { type Static, Type } from "typebox";

export const SenderOptions = Type.Object(
  {
    /** Where the identity is. */
    dataDir: Type.String(),
    /** Where the outbox is kept; elsewhere than the identity when its disk shall fill up. */
    outboxDir: Type.String(),
    /** The file that says what was measured. */
    journal: Type.String(),
    /** Makes this agent's values differ from another's. */
    salt: Type.Integer({ minimum: 0, maximum: 1_000 }),
    series: Type.Integer({ minimum: 1, maximum: 1_000 }),
    /** Seconds in one record. */
    ticks: Type.Integer({ minimum: 1, maximum: 600 }),
    /** A record is made every so many ms. */
    everyMs: Type.Integer({ minimum: 10, maximum: 10_000 }),
    /** Unix seconds of the first measurement. */
    firstSecond: Type.Integer(),
    /** The outbox's limit. */
    bytesMax: Type.Integer(),
  },
  { additionalProperties: false },
);
export type SenderOptions = Static<typeof SenderOptions>;

const parse = parser(SenderOptions, "sender options");

export const parseSenderOptions = (text: string): SenderOptions => parse(JSON.parse(text));
