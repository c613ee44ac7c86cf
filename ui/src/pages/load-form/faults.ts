// What is wrong with a field, for all components of the form.
import { createContext } from "svelte";
import type { DraftField } from "./draft.ts";

export type FaultOf = (field: DraftField) => string | undefined;

export const [faultsOfForm, provideFaults] = createContext<FaultOf>();
