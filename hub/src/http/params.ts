// Path parameters that several groups of routes share.
import { IdSchema } from "@tidemark/proto";
import { Type } from "typebox";

export const IdParams = Type.Object({ id: IdSchema }, { additionalProperties: false });

/** `:id` of an API token or an enrolment token. */
export const TokenParams = Type.Object(
  { id: Type.String({ pattern: "^[A-Za-z0-9_-]{1,32}$" }) },
  { additionalProperties: false },
);
