import { Type, type Static } from "typebox";
import { Role, count, nullable, strict, text, timeMs } from "./common.ts";

/** POST /api/v1/session */
export const SignIn = Type.Object(
  {
    user: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.String({ minLength: 1, maxLength: 256 }),
  },
  strict,
);
export type SignIn = Static<typeof SignIn>;

/** GET /api/v1/session */
export const Session = Type.Object({ user: text(64), role: Role, expiresAtMs: timeMs }, strict);
export type Session = Static<typeof Session>;

/** PUT /api/v1/users/:user/password : an admin sets a password, and makes the user when there is none. */
export const NewPassword = Type.Object(
  { password: Type.String({ minLength: 8, maxLength: 256 }), role: Role },
  strict,
);
export type NewPassword = Static<typeof NewPassword>;

/** POST /api/v1/tokens */
export const NewToken = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    role: Role,
    /** Days until it stops working; null for never. */
    expiresInDays: nullable(Type.Integer({ minimum: 1, maximum: 3_650 })),
  },
  strict,
);
export type NewToken = Static<typeof NewToken>;

/** One API token; its secret is shown once, at creation. */
export const Token = Type.Object(
  {
    id: text(32),
    name: text(64),
    role: Role,
    createdAtMs: timeMs,
    createdBy: text(64),
    expiresAtMs: nullable(timeMs),
    lastUsedAtMs: nullable(timeMs),
  },
  strict,
);
export type Token = Static<typeof Token>;

export const CreatedToken = Type.Object({ token: Token, secret: text(128) }, strict);
export type CreatedToken = Static<typeof CreatedToken>;
export const TokenList = Type.Object({ items: Type.Array(Token) }, strict);
export type TokenList = Static<typeof TokenList>;

/** GET /api/v1/status: the hub about itself. */
export const Status = Type.Object(
  {
    version: text(64),
    startedAtMs: timeMs,
    agents: Type.Object({ online: count, stale: count, offline: count }, strict),
    ingest: Type.Object(
      {
        samplesPerSecond: Type.Number(),
        samplesTotal: count,
        messagesPending: count,
        lagSeconds: nullable(Type.Number()),
        rejectedTotal: count,
        duplicatesTotal: count,
      },
      strict,
    ),
    storage: Type.Object(
      {
        engine: text(64),
        bytesOnDisk: count,
        samplesRows: count,
        bytesPerSample: nullable(Type.Number()),
      },
      strict,
    ),
    broker: Type.Object(
      { url: text(256), connected: Type.Boolean(), embedded: Type.Boolean() },
      strict,
    ),
  },
  strict,
);
export type Status = Static<typeof Status>;

/** GET /api/v1/rejections: what the hub refused lately, newest first, and why. */
export const Rejection = Type.Object(
  { atMs: timeMs, agent: nullable(text(16)), what: text(64), reason: text(512), count },
  strict,
);
export type Rejection = Static<typeof Rejection>;
export const RejectionList = Type.Object({ items: Type.Array(Rejection) }, strict);
export type RejectionList = Static<typeof RejectionList>;
