// One request tried before a test is saved: the whole exchange as a person reads it.
import { Type, type Static } from "typebox";

const strict = { additionalProperties: false } as const;
const text = (maxLength: number) => Type.String({ maxLength });
const ms = Type.Union([Type.Number({ minimum: 0 }), Type.Null()]);

/** Characters of a request or a response that are shown; past it `truncated` is set. */
export const triedTextMax = 65_536;

export const TriedExchange = Type.Object(
  {
    /** As it was sent; secrets stand as their template. Frames and binary payloads are written out readably. */
    request: text(triedTextMax),
    /** As it was received; empty when nothing was. */
    response: text(triedTextMax),
    truncated: Type.Boolean(),
    /** HTTP's or gRPC's status; null where there is none. */
    status: Type.Union([Type.Integer({ minimum: 0, maximum: 999 }), Type.Null()]),
    /** Whether it is what the plan expects. */
    expected: Type.Boolean(),
    /** Why there was no response; null when there was one. */
    error: Type.Union([text(512), Type.Null()]),
    /** Since the attempt began, ms: connected, TLS agreed, first byte of the response, its last. Null where it never came to it. */
    timings: Type.Object({ connectedMs: ms, tlsMs: ms, firstByteMs: ms, endMs: ms }, strict),
    /** The address that was connected to, and what TLS agreed on. */
    address: text(128),
    tls: Type.Union([
      Type.Object(
        {
          protocol: text(32),
          cipher: text(128),
          subject: text(512),
          issuer: text(512),
          validToMs: Type.Union([Type.Integer(), Type.Null()]),
          verified: Type.Boolean(),
        },
        strict,
      ),
      Type.Null(),
    ]),
    /** Redirects on the way, and what else is worth knowing. */
    remarks: Type.Array(text(512), { maxItems: 32 }),
  },
  strict,
);
export type TriedExchange = Static<typeof TriedExchange>;
