// The Lua file that wrk and wrk2 are given: the request as bytes, the checked address, and a done() hook that writes the whole
// histogram on one line. Headers and body stand here, in a file of mode 0600, and never in the arguments.
import type { Assignment } from "../../carrier.ts";
import { openRequests } from "../../requests/requests.ts";

/** Stands before the line of the hook; nothing else of the output begins so. */
export const reportMark = "@tidemark ";
export const scriptName = "load.lua";

/** The request as it goes over the wire. Throws PlanRejected for what a request cannot hold. */
export function requestBytes({ plan, run, share, secrets }: Assignment): Buffer {
  const { method, path, headers, body } = openRequests(plan, { run, share, secrets }).next();
  const url = new URL(plan.target);
  const namesHost = headers.some(({ name }) => name.toLowerCase() === "host");
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(namesHost ? [] : [`Host: ${url.host}`]),
    ...headers.map(({ name, value }) => `${name}: ${value}`),
    ...(body.length > 0 || method === "POST" || method === "PUT" || method === "PATCH"
      ? [`Content-Length: ${body.length}`]
      : []),
    "",
    "",
  ];
  return Buffer.concat([Buffer.from(lines.join("\r\n"), "latin1"), body]);
}

/** `histogram`: Lua that fills the table `values` with value, count, value, count … of `latency`, and may set `exact` to false. */
export function scriptOf(assignment: Assignment, histogram: string): string {
  const { address, port } = assignment.endpoint;
  return `local bytes = ${luaString(requestBytes(assignment))}
function wrk.resolve()
  wrk.addrs = wrk.lookup(${luaString(Buffer.from(address))}, "${port}")
  if not wrk.connect(wrk.addrs[1]) then wrk.addrs = {} end
end
function wrk.init()
  wrk.request = function() return bytes end
end
function done(summary, latency)
  local values, exact, errors = {}, true, summary.errors
${histogram}
  io.write(string.format(
    '\\n${reportMark}{"durationMicros":%d,"requests":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,"exact":%s,"values":[',
    summary.duration, summary.requests, summary.bytes,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout, tostring(exact)))
  io.write(table.concat(values, ","), "]}\\n")
end
`;
}

/** A Lua string literal of any bytes. */
export function luaString(bytes: Buffer): string {
  let text = '"';
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    text += isPlain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, "0")}`;
  }
  return `${text}"`;
}
