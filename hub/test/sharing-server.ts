// The hub's own HTTP server over one sharing alone, with the three roles: a whole hub gets to a report that waits only in weeks.
import type { Role } from "@tidemark/proto";
import { pino } from "pino";
import { loadConfig } from "../src/config.ts";
import type { HttpDeps } from "../src/http/deps.ts";
import { createServer } from "../src/http/server.ts";
import type { Sharing } from "../src/sharing/sharing.ts";
import { createTelemetry } from "../src/telemetry.ts";

export interface SharingServer {
  readonly url: string;
  readonly tokens: Readonly<Record<Role, string>>;
  /** `user action subject detail` of each entry. */
  readonly audited: string[];
  stop(): Promise<void>;
}

/** The routes of everything else answer 500. */
export async function serveSharing(sharing: Sharing): Promise<SharingServer> {
  const audited: string[] = [];
  const tokens = { viewer: "token-viewer", operator: "token-operator", admin: "token-admin" };
  const roleOf = new Map<string, Role>([
    [tokens.viewer, "viewer"],
    [tokens.operator, "operator"],
    [tokens.admin, "admin"],
  ]);
  const deps: Partial<HttpDeps> = {
    config: loadConfig({ flags: {}, env: {} }).http,
    version: "0.0.0",
    log: pino({ level: "silent" }),
    localSecret: "unused",
    telemetry: createTelemetry("0.0.0"),
    audit: { record: (...entry) => void audited.push(entry.join(" ")) },
    apiTokens: {
      verify: async (secret: string) => {
        const role = roleOf.get(secret);
        return role === undefined ? undefined : { user: role, role };
      },
    } as HttpDeps["apiTokens"],
    sharing,
    checkReplies: true,
  };
  const server = await createServer(deps as HttpDeps);
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return { url, tokens, audited, stop: () => server.close() };
}
