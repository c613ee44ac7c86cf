// What is wrong with a field, for all components of the form.
import { createContext } from "svelte";
import type { DraftField } from "./draft.ts";

/** A field of the load's draft, or one of what stands around it, by its JSON pointer. */
export type FieldName = DraftField | `/${string}`;
export type FaultOf = (field: FieldName) => string | undefined;

export const [faultsOfForm, provideFaults] = createContext<FaultOf>();
