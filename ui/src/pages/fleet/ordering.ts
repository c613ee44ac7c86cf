// The fleet's order and selection, as pure functions over its rows.
import { attentionOf, type FleetRow } from "./attention.ts";

export const columns = [
  { key: "state", label: "State", first: "desc" },
  { key: "name", label: "Host", first: "asc" },
  { key: "cpu", label: "CPU", first: "desc" },
  { key: "memory", label: "Memory", first: "desc" },
  { key: "disk", label: "Disk", first: "desc" },
  { key: "network", label: "Network", first: "desc" },
  { key: "fullest", label: "Fullest", first: "desc" },
  { key: "pressure", label: "Pressure", first: "desc" },
] as const;
export type Column = (typeof columns)[number]["key"];
export type Direction = "asc" | "desc";
/** `worst`: by attention, what is wrong first. */
export type Order = { readonly by: Column | "worst"; readonly direction: Direction };

export const shows = ["all", "attention", "online", "stale", "offline"] as const;
export type Show = (typeof shows)[number];

export function isColumn(text: string | null): text is Column {
  return columns.some((column) => column.key === text);
}

/** Rows that `show` and every word of `filter` admit: `key=value` is a label, anything else part of the name or a label. */
export function select(rows: readonly FleetRow[], show: Show, filter: string): readonly FleetRow[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return rows.filter((row) => isShown(row, show) && words.every((word) => fits(row, word)));
}

export function isShown(row: FleetRow, show: Show): boolean {
  if (show === "all") return true;
  if (show === "attention") return attentionOf(row).rank > 0;
  return row.agent.state === show;
}

function fits({ agent }: FleetRow, word: string): boolean {
  const split = word.indexOf("=");
  if (split > 0) {
    const value = Object.entries(agent.labels).find(
      ([key]) => key.toLowerCase() === word.slice(0, split),
    )?.[1];
    return value !== undefined && value.toLowerCase().startsWith(word.slice(split + 1));
  }
  if (agent.name.toLowerCase().includes(word) || agent.id.startsWith(word)) return true;
  return Object.values(agent.labels).some((value) => value.toLowerCase().includes(word));
}

/** A sorted copy. What was not measured comes last in either direction; equal rows stand by name. */
export function sorted(rows: readonly FleetRow[], order: Order): readonly FleetRow[] {
  const sign = order.direction === "asc" ? 1 : -1;
  const keyed = rows.map((row) => ({ row, key: keyOf(row, order.by) }));
  keyed.sort((left, right) => {
    if (left.key === null || right.key === null) {
      if (left.key !== right.key) return left.key === null ? 1 : -1;
    } else if (typeof left.key === "string" || typeof right.key === "string") {
      const byText = names.compare(String(left.key), String(right.key));
      if (byText !== 0) return sign * byText;
    } else if (left.key !== right.key) return sign * (left.key - right.key);
    return names.compare(left.row.agent.name, right.row.agent.name);
  });
  return keyed.map(({ row }) => row);
}

const stateRanks = { offline: 3, stale: 2, online: 1, revoked: 0 } as const;
const names = new Intl.Collator("en", { numeric: true });

function keyOf(row: FleetRow, by: Order["by"]): number | string | null {
  if (by === "worst") return attentionOf(row).rank;
  if (by === "name") return row.agent.name;
  if (by === "state") return stateRanks[row.agent.state];
  return row[by];
}
