// What every HTTP exchange shares: problem+json errors with a closed list of codes (RFC 9457), cursors, roles.
import { Type, type Static } from "typebox";

export const strict = { additionalProperties: false } as const;
export const text = (maxLength: number) => Type.String({ maxLength });
/** What a name must not hold: control characters, and what is invisible or turns the text around it: two names that look alike. */
const unseen =
  "\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff";
/** Text that people give and read: names, labels. Length in UTF-16 code units. */
export const plainText = (maxLength: number, minLength = 0) =>
  Type.String({
    minLength,
    maxLength,
    pattern: `^[^${unseen}]*$`,
    description: "text without control characters and invisible ones",
  });
export const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Unix milliseconds. */
export const timeMs = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });
/** Unix seconds. */
export const timeSeconds = Type.Integer({ minimum: 0, maximum: 4_294_967_295 });
export const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

/** Every error code the API answers with, and its HTTP status. */
export const problemCodes = {
  "invalid-request": 400,
  "not-signed-in": 401,
  "wrong-credentials": 401,
  forbidden: 403,
  "not-found": 404,
  "method-not-allowed": 405,
  conflict: 409,
  "agent-offline": 409,
  "agent-refused": 422,
  "body-too-large": 413,
  "unsupported-media-type": 415,
  "too-many-requests": 429,
  internal: 500,
  unavailable: 503,
} as const;
export type ProblemCode = keyof typeof problemCodes;

/** application/problem+json. `detail` says what failed, on what, and what to do. */
export const Problem = Type.Object(
  {
    type: text(256),
    title: text(256),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: text(64),
    detail: text(2_048),
    /** The field at fault, as a JSON pointer, where there is one. */
    field: Type.Optional(text(256)),
  },
  strict,
);
export type Problem = Static<typeof Problem>;

/** viewer reads; operator also runs tests; admin also enrols, revokes and makes tokens. */
export const roles = ["viewer", "operator", "admin"] as const;
export const Role = Type.Enum(roles);
export type Role = (typeof roles)[number];

export const Page = Type.Object(
  {
    cursor: Type.Optional(text(256)),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  strict,
);
