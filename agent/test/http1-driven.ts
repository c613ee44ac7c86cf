// The http1 driver as the loop drives it, one request after the other on one connection at a time, without the loop's clock.
import type { LoadPlan } from "@tidemark/proto";
import type { Connection, DriverContext } from "../src/load/drivers/driver.ts";
import { http1 } from "../src/load/drivers/http1/http1.ts";
import { assignmentOf } from "./generated.ts";

/** What became of one request. */
export interface Told {
  readonly status?: number;
  readonly expected?: boolean;
  readonly error?: string;
}

export interface Driven {
  readonly told: readonly Told[];
  readonly connects: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly remarks: readonly string[];
}

export type ContextChange = Partial<Omit<DriverContext, "remark">>;

export function contextOf(
  plan: LoadPlan,
  remark: (text: string) => void,
  change: ContextChange = {},
): DriverContext {
  const { run, share, endpoint, secrets } = assignmentOf(plan);
  const judge: DriverContext["judge"] = async () => ({ kind: "refused", reason: "nowhere else" });
  return { run, share, endpoint, secrets, judge, remark, ...change };
}

/** Sends `count` requests. */
export async function drive(
  plan: LoadPlan,
  count: number,
  change: ContextChange = {},
): Promise<Driven> {
  const remarks = new Set<string>();
  const dial = await http1.prepare(
    plan,
    contextOf(plan, (text) => remarks.add(text), change),
  );
  const told: Told[] = [];
  const sums = { connects: 0, bytesSent: 0, bytesReceived: 0 };
  while (told.length < count) {
    await new Promise<void>((resolve) => {
      let isIdle = true;
      const done = () => {
        connection.close();
        resolve();
      };
      const send = () => {
        isIdle = false;
        sums.bytesSent += connection.send();
      };
      const connection: Connection = dial({
        opened(connects) {
          sums.connects += connects;
          if (isIdle) send();
        },
        received: (bytes) => void (sums.bytesReceived += bytes),
        answered(status, reusable, expected) {
          told.push({ status, expected });
          if (reusable && told.length < count) send();
          else done();
        },
        lost(error) {
          told.push({ error });
          done();
        },
      });
    });
  }
  return { told, ...sums, remarks: [...remarks] };
}
