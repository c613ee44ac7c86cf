import type { AgentId } from "@tidemark/proto";

/** One message of the METRICS stream, or one that was parked from it. */
export interface Incoming {
  /** Position in the stream; 0 for one that was parked. */
  readonly streamSeq: number;
  /** Who the broker says published it; undefined when the subject is no agent's. */
  readonly agent: AgentId | undefined;
  readonly kind: "batch" | "table";
  /** The agent's own numbering, from Nats-Msg-Id. */
  readonly record: { readonly boot: string; readonly seq: number } | undefined;
  readonly frame: Uint8Array;
  /** When the broker took it, Unix ms. The same at every reading, unlike the hub's clock. */
  readonly takenAtMs: number;
}
