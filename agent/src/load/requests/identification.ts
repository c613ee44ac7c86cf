// Who sends this, for the target's owner to read in a log: the program and the run. A plan may send a User-Agent of its own, or
// ask for neither.
import type { LoadPlan } from "@tidemark/proto";
import { agentVersion } from "../../version.ts";

export const runHeader = "Tidemark-Run";

/** Headers that name Tidemark, beside the plan's `own`. */
export function identification(
  { identify = true }: Pick<LoadPlan, "identify">,
  run: string,
  own: LoadPlan["headers"],
): { readonly name: string; readonly value: string }[] {
  if (!identify) return [];
  const isNamed = own.some(({ name }) => name.toLowerCase() === "user-agent");
  return [
    ...(isNamed ? [] : [{ name: "User-Agent", value: `tidemark/${agentVersion}` }]),
    { name: runHeader, value: run },
  ];
}
