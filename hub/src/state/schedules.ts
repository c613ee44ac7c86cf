// Schedules as they were made, and how far each has come: two tables, since people change the one and the leader the other.
import type { NatsConnection } from "@nats-io/transport-node";
import { IdSchema, type ScheduleId, ScheduleSpec, isScheduleId, jsonParser } from "@tidemark/proto";
import { Type } from "typebox";
import { type Progress, parseProgress } from "../schedules/progress.ts";
import { defaultBounds } from "./key-value.ts";
import type { StateOptions } from "./options.ts";
import { type Table, openTable } from "./table.ts";

export interface ScheduleRecord {
  readonly id: ScheduleId;
  readonly spec: ScheduleSpec;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly changedAtMs: number;
  /** When it was made, timed anew or resumed: times due before are none of its. */
  readonly activeFromMs: number;
}

export interface ScheduleTables {
  readonly schedules: Table<ScheduleRecord>;
  /** By the schedule's id. */
  readonly progress: Table<Progress>;
  stop(): Promise<void>;
}

const parseRecord = jsonParser(
  Type.Object({
    id: IdSchema,
    spec: ScheduleSpec,
    createdAtMs: Type.Integer(),
    createdBy: Type.String(),
    changedAtMs: Type.Integer(),
    activeFromMs: Type.Integer(),
  }),
  "schedule",
);

export async function openScheduleTables(
  connection: NatsConnection,
  { troubled = () => undefined }: StateOptions = {},
): Promise<ScheduleTables> {
  const schedules = await openTable<ScheduleRecord>(connection, {
    name: "schedules",
    bounds: defaultBounds,
    parse(bytes) {
      const record = parseRecord(bytes);
      if (!isScheduleId(record.id)) throw new Error("its id is none");
      return { ...record, id: record.id };
    },
    troubled,
  });
  const progress = await openTable<Progress>(connection, {
    name: "firings",
    bounds: defaultBounds,
    parse: parseProgress,
    troubled,
  });
  return {
    schedules,
    progress,
    async stop() {
      await Promise.all([schedules.stop(), progress.stop()]);
    },
  };
}
