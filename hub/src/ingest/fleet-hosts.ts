import type { AgentId } from "@tidemark/proto";

/** The part of the agent registry that ingest needs. */
export interface FleetHosts {
  get(id: AgentId): FleetHost | undefined;
  all(): readonly FleetHost[];
  onChange(listener: (record: FleetHost) => void): () => void;
}
export interface FleetHost {
  readonly id: AgentId;
  readonly host: number;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly revokedAtMs: number | null;
}
