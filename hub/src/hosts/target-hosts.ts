// Which of the fleet's hosts a target is on, by its address as the plan writes it: the hub resolves no names, since the generator may
// see other answers.
import type { EventQueries } from "../store/events.ts";

/** Numbers of the hosts that have the address or are called so; none for a loopback address, which is whoever generates. */
export type TargetHosts = (address: string) => Promise<readonly number[]>;

export function openTargetHosts(events: Pick<EventQueries, "hostsAt">): TargetHosts {
  return async (address) =>
    address === "" || isLoopback(address) ? [] : await events.hostsAt(address);
}

/** Host name or IP address of a target, without brackets; empty when it has none. */
export function addressOf(target: string): string {
  if (!URL.canParse(target)) return "";
  const { hostname } = new URL(target);
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

export function isLoopback(address: string): boolean {
  return /^(?:127(?:\.\d+){3}|::1|localhost|.*\.localhost)$/i.test(address);
}
