// The configuration of the embedded nats-server. It holds JWTs but no seed, and only what 2.9.10 does safely: no websocket,
// leafnode, cluster or monitoring listener, no authorization block (CVE-2023-47090 lets anyone in beside a system account).
import { join } from "node:path";
import { wireLimits } from "@tidemark/proto";
import { storeLimits } from "./store-limits.ts";

export interface ServerSetup {
  readonly host: string;
  readonly port: number;
  /** Holds `jetstream/` and `accounts/`. */
  readonly directory: string;
  readonly operatorJwt: string;
  readonly systemAccount: string;
  /** Public key → account JWT. The resolver keeps whichever is newer, this or its own. */
  readonly accounts: Readonly<Record<string, string>>;
}

const serverLimits = {
  connectionsMax: 16_384,
  /** Bytes queued for one slow client before it is cut. */
  pendingBytesMax: 16_777_216,
} as const;

/** Text for `nats-server -c`. */
export function serverConfig(setup: ServerSetup): string {
  const preload = Object.entries(setup.accounts)
    .map(([key, jwt]) => `  ${key}: ${quoted(jwt)}`)
    .join("\n");
  return `server_name: "tidemark"
host: ${quoted(setup.host)}
port: ${setup.port}
logtime: false
max_payload: ${wireLimits.messageBytesMax}
max_connections: ${serverLimits.connectionsMax}
max_pending: ${serverLimits.pendingBytesMax}
write_deadline: "10s"
ping_interval: "15s"
ping_max: 2
operator: ${quoted(setup.operatorJwt)}
system_account: ${setup.systemAccount}
resolver: {
  type: full
  dir: ${quoted(join(setup.directory, "accounts"))}
  allow_delete: false
  interval: "2m"
}
resolver_preload: {
${preload}
}
jetstream: {
  store_dir: ${quoted(join(setup.directory, "jetstream"))}
  max_file_store: ${storeLimits.diskBytesMax}
  max_memory_store: ${storeLimits.memoryBytesMax}
}
`;
}

/** nats-server reads backslash escapes in double quotes as JSON does. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
