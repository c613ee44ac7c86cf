// A whole hub in this process, on free ports and in a folder of its own, for tests that go through its doors.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreatedToken, type Role, jsonParser } from "@tidemark/proto";
import { pino } from "pino";
import { loadConfig } from "../src/config.ts";
import { startHub } from "../src/compose.ts";
import { connect } from "../src/cli/client.ts";

export const adminPassword = "correct horse battery";

export interface TestHub {
  readonly url: string;
  readonly dataDir: string;
  /** One API token of each role. */
  readonly tokens: Readonly<Record<Role, string>>;
  /** A request under the hub's address; without `token` it carries no credentials. */
  fetch(path: string, init?: RequestInit & { token?: string | undefined }): Promise<Response>;
  stop(): Promise<void>;
}

/** `log`: takes the hub's log, line by line. */
export async function startTestHub(
  env: Record<string, string> = {},
  log?: { write(line: string): void },
): Promise<TestHub> {
  const dataDir = mkdtempSync(join(tmpdir(), "tidemark-hub-"));
  const config = loadConfig({
    flags: {},
    env: {
      TIDEMARK_DATA_DIR: dataDir,
      TIDEMARK_HTTP_PORT: "0",
      TIDEMARK_NATS_PORT: "0",
      TIDEMARK_ADMIN_PASSWORD: adminPassword,
      ...env,
    },
  });
  const hub = await startHub(
    config,
    log === undefined
      ? pino({ level: process.env["TIDEMARK_TEST_LOG"] ?? "silent" })
      : pino({ level: "debug" }, log),
    {
      checkReplies: true,
    },
  );
  const local = connect({ TIDEMARK_DATA_DIR: dataDir });
  const tokenOf = async (role: Role) => {
    const body = { name: role, role, expiresInDays: null };
    return (await local.send("POST", "/tokens", CreatedToken, body)).secret;
  };
  const tokens = {
    viewer: await tokenOf("viewer"),
    operator: await tokenOf("operator"),
    admin: await tokenOf("admin"),
  };
  return {
    url: hub.url,
    dataDir,
    tokens,
    fetch: (path, { token, headers, ...init } = {}) => {
      const sent = new Headers(headers);
      if (token !== undefined) sent.set("authorization", `Bearer ${token}`);
      return fetch(`${hub.url}${path}`, { ...init, headers: sent });
    },
    async stop() {
      await hub.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const utf8 = new TextEncoder();

/** The body of `response`, held against `schema`. */
export async function bodyOf<S extends Parameters<typeof jsonParser>[0]>(
  response: Response,
  schema: S,
): Promise<ReturnType<ReturnType<typeof jsonParser<S>>>> {
  return jsonParser(schema, "body")(utf8.encode(await response.text()));
}
