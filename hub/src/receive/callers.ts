// Whom a request is counted against. The address goes no further than the rate limit.
import type { IncomingMessage } from "node:http";
import { type BlockList, isIP, isIPv6 } from "node:net";

/**
 * The address the request came from; behind trusted proxies, the last one in X-Forwarded-For that is none of them: what stands before it
 * could be made up. Undefined through the socket in the data directory, whose owner is not counted.
 */
export function callerAddress(request: IncomingMessage, proxies: BlockList): string | undefined {
  let address = request.socket.remoteAddress;
  if (address === undefined || !isTrusted(address, proxies)) return address;
  const forwarded = [request.headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
  for (const one of forwarded.toReversed()) {
    const next = one.trim();
    if (isIP(next) === 0) return address;
    address = next;
    if (!isTrusted(next, proxies)) return next;
  }
  return address;
}

const isTrusted = (address: string, proxies: BlockList) =>
  proxies.check(address, isIPv6(address) ? "ipv6" : "ipv4");
