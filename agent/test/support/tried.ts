// Tries one request as the agent does.
import {
  type LoadPlan,
  type TriedExchange,
  parser,
  TriedExchange as Schema,
} from "@tidemark/proto";
import { driverNamed } from "../../src/load/drivers/index.ts";
import { assignmentOf } from "../generated.ts";

const checked = parser(Schema, "tried exchange");

/** What came of it, held against proto's own schema. */
export async function tryPlan(
  plan: LoadPlan,
  secrets: Readonly<Record<string, string>> = {},
): Promise<TriedExchange> {
  const driver = await driverNamed(plan.driver);
  driver.check(plan);
  const { endpoint, run, share } = assignmentOf(plan);
  return checked(
    await driver.tryOnce(plan, {
      endpoint,
      run,
      share,
      secrets,
      judge: async () => ({ kind: "refused", reason: "nowhere else" }),
      remark: () => undefined,
    }),
  );
}
