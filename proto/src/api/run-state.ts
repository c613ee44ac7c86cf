// What a run says of where it stands and where it comes from.
import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { EndState } from "../load/results.ts";
import { count, strict, text } from "./common.ts";

/** pending: sent to its agents, or waiting for their common start; running; then one of the end states. */
export const RunState = Type.Union([Type.Literal("pending"), Type.Literal("running"), EndState]);
export type RunState = Static<typeof RunState>;

/** The revision of a profile that a run ran, by the name it had then. */
export const RunProfile = Type.Object({ id: IdSchema, revision: count, name: text(128) }, strict);
export type RunProfile = Static<typeof RunProfile>;
