// A target's name to addresses, within bounds.
import { lookup } from "node:dns/promises";
import { type Socket, connect } from "node:net";
import { networkInterfaces } from "node:os";
import { errorCode } from "../../error-code.ts";
import { engineLimits } from "../limits.ts";

/** All addresses a name or an address stands for, in the order to try. */
export type Resolve = (host: string) => Promise<readonly string[]>;
/** Whether something accepts a TCP connection there. */
export type Probe = (address: string, port: number) => Promise<boolean>;

/** IPv4 first, as most programs listen there; throws when the name is unknown or the resolver is silent. */
export const resolveHost: Resolve = async (host) => {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${host} did not resolve within ${engineLimits.resolveTimeoutMs} ms`)),
      engineLimits.resolveTimeoutMs,
    );
  });
  try {
    const found = await Promise.race([lookup(host, { all: true, order: "ipv4first" }), silence]);
    return found.map(({ address }) => address);
  } catch (cause) {
    if (errorCode(cause) === "ENOTFOUND") throw new Error(`${host} is not a known name`, { cause });
    throw cause;
  } finally {
    clearTimeout(timer);
  }
};

/** The first of `addresses` that answers; with one alone, or none that does, the first: the run will show its errors. */
export async function firstAnswering(
  addresses: readonly string[],
  port: number,
  probe: Probe,
): Promise<string> {
  const [first = ""] = addresses;
  if (addresses.length === 1) return first;
  for (const address of addresses) if (await probe(address, port)) return address;
  return first;
}

export const probeTcp: Probe = (address, port) =>
  new Promise((resolve) => {
    const settle = (socket: Socket, accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    const socket = connect({ host: address, port, timeout: engineLimits.probeTimeoutMs });
    socket.once("connect", () => settle(socket, true));
    socket.once("timeout", () => settle(socket, false));
    socket.once("error", () => settle(socket, false));
  });

/** Addresses of this host's own interfaces. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .map(({ address }) => address);
}
