// Keeps host_def, the names behind ClickHouse's host numbers, like the agent registry; for people who query the database itself.
import type { Logger } from "pino";
import type { Database } from "../store/database.ts";
import { dateTime64 } from "../store/sql-text.ts";
import type { FleetHost, FleetHosts } from "./fleet-hosts.ts";

export async function mirrorHosts(
  agents: FleetHosts,
  database: Database,
  now: () => number,
  log: Logger,
): Promise<{ stop(): Promise<void> }> {
  const rowOf = ({ host, id, name, labels }: FleetHost) => ({
    host,
    agent: id,
    name,
    labels,
    seen: dateTime64(now()),
  });
  let writing = Promise.resolve();
  const write = (records: readonly FleetHost[]) => {
    writing = writing
      .then(() => database.insertRows("host_def", records.map(rowOf)))
      .catch((err: unknown) => log.warn({ err }, "host names could not be stored"));
  };
  write(agents.all());
  const unsubscribe = agents.onChange((record) => write([record]));
  await writing;
  return {
    async stop() {
      unsubscribe();
      await writing;
    },
  };
}
