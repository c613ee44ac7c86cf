// A multiplexing driver as the loop drives it, stream by stream and without the loop's clock: what happens is told in order.
import type { LoadPlan, RequestError } from "@tidemark/proto";
import type { Connection, Dial, Driver } from "../../src/load/drivers/driver.ts";
import { assignmentOf } from "../generated.ts";

/** What one stream was told, in order. */
export type Told =
  | { readonly kind: "opened"; readonly connects: number }
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly isReusable: boolean;
      readonly isExpected: boolean;
    }
  | { readonly kind: "lost"; readonly error: RequestError };

export interface DrivenStream {
  readonly connection: Connection;
  /** The next event; those that came meanwhile first. */
  next(): Promise<Told>;
  /** Whether nothing was told that was not looked at. */
  readonly isQuiet: boolean;
}

export interface DrivenStreams {
  open(): DrivenStream;
  readonly remarks: ReadonlySet<string>;
  bytesReceived(): number;
}

export async function driveStreams(
  driver: Driver,
  plan: LoadPlan,
  secrets: Readonly<Record<string, string>> = {},
): Promise<DrivenStreams> {
  const { endpoint, run, share } = assignmentOf(plan);
  const remarks = new Set<string>();
  let bytesReceived = 0;
  const dial: Dial = await driver.prepare(plan, {
    endpoint,
    run,
    share,
    secrets,
    judge: async () => ({ kind: "refused", reason: "nowhere else" }),
    remark: (text) => remarks.add(text),
  });
  const open = (): DrivenStream => {
    const told: Told[] = [];
    let heard: (() => void) | undefined;
    const tell = (event: Told) => {
      told.push(event);
      heard?.();
    };
    const connection = dial({
      opened: (connects) => tell({ kind: "opened", connects }),
      received: (bytes) => {
        bytesReceived += bytes;
      },
      answered: (status, isReusable, isExpected) =>
        tell({ kind: "answered", status, isReusable, isExpected }),
      lost: (error) => tell({ kind: "lost", error }),
    });
    return {
      connection,
      async next() {
        for (;;) {
          const event = told.shift();
          if (event !== undefined) return event;
          await new Promise<void>((resolve) => (heard = resolve));
        }
      },
      get isQuiet() {
        return told.length === 0;
      },
    };
  };
  return { open, remarks, bytesReceived: () => bytesReceived };
}

/** Opened, and nothing else. */
export async function openedStream(
  streams: DrivenStreams,
  connects: number,
): Promise<DrivenStream> {
  const stream = streams.open();
  const told = await stream.next();
  if (told.kind !== "opened" || told.connects !== connects)
    throw new Error(`expected opened with ${connects}, was told ${JSON.stringify(told)}`);
  return stream;
}
