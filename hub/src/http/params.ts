// Path parameters that several groups of routes share.
import { IdSchema } from "@tidemark/proto";
import { Type } from "typebox";

export const IdParams = Type.Object({ id: IdSchema }, { additionalProperties: false });
