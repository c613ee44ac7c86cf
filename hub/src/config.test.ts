import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConfigSources, loadConfig } from "./config.ts";
import { ConfigInvalid } from "./errors.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "tidemark-config-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

function problemsOf(sources: Partial<ConfigSources>): readonly string[] {
  try {
    loadConfig({ flags: {}, env: {}, ...sources });
    return [];
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems;
    throw error;
  }
}

test("needs nothing: every setting has a value, and the hub stays on loopback", () => {
  const config = loadConfig({ flags: {}, env: {} });
  expect(config.http).toMatchObject({ host: "127.0.0.1", port: 8478, tls: undefined });
  expect(config.nats).toMatchObject({ host: "127.0.0.1", port: 4478, external: undefined });
  expect(config.clickhouse).toBeUndefined();
  expect(config.admin).toEqual({ user: "admin", password: undefined });
  expect(config.sharing).toEqual({
    lock: null,
    receiver: undefined,
    receiverKey: undefined,
    relay: undefined,
  });
  expect(Object.isFrozen(config.http)).toBe(true);
});

test("flags win over the environment, which wins over the file", () => {
  const path = file(
    "order.yaml",
    "http:\n  port: 1\n  host: ::1\nnats.port: 1\nretention:\n  samples_1m: 5\n",
  );
  const config = loadConfig({
    file: path,
    env: { TIDEMARK_HTTP_PORT: "2", TIDEMARK_NATS_PORT: "2" },
    flags: { "http.port": "3" },
  });
  expect(config.http.port).toBe(3);
  expect(config.nats.port).toBe(2);
  expect(config.http.host).toBe("::1");
  expect(config.retention.samples_1m).toBe(5);
});

test("reports every fault at once, each by the name under which it was given", () => {
  const path = file(
    "faults.yaml",
    "http: { port: many }\nhtpp: { port: 1 }\nretention: { samples: 0 }\n",
  );
  const problems = problemsOf({
    file: path,
    env: {
      TIDEMARK_NATS_PORT: "99999",
      TIDEMARK_CLICKHOUSE_URL: "clickhouse:9000",
      TIDEMARK_HTTP_TLS_KEY_FILE: "key.pem",
      TIDEMARK_HTTP_PROT: "8478",
      TIDEMARK_AGENT_DATA_DIR: "elsewhere",
    },
    flags: { "log.level": "loud" },
  });
  expect(problems).toHaveLength(8);
  expect(problems).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^http\.port in .*faults\.yaml: must be integer/),
      expect.stringMatching(/^TIDEMARK_HTTP_TLS_CERTIFICATE_FILE and .*: one is useless without/),
      expect.stringMatching(/^htpp\.port in .*: is not a setting/),
      expect.stringMatching(/^retention\.samples in .*: must be >= 1/),
      expect.stringMatching(/^TIDEMARK_NATS_PORT: must be <= 65535/),
      expect.stringMatching(/^TIDEMARK_CLICKHOUSE_URL: must match/),
      expect.stringMatching(/^TIDEMARK_HTTP_PROT: is not a variable/),
      expect.stringMatching(/^--log-level: must be one of "error", "warn", "info", "debug"/),
    ]),
  );
});

test.each([
  [
    "a port that is no number",
    { TIDEMARK_HTTP_PORT: "80a" },
    "TIDEMARK_HTTP_PORT: must be integer",
  ],
  [
    "a short admin password",
    { TIDEMARK_ADMIN_PASSWORD: "short" },
    "TIDEMARK_ADMIN_PASSWORD: must not have fewer than 8 characters",
  ],
  [
    "a certificate without its key",
    { TIDEMARK_HTTP_TLS_CERTIFICATE_FILE: "a.pem" },
    "TIDEMARK_HTTP_TLS_CERTIFICATE_FILE and TIDEMARK_HTTP_TLS_KEY_FILE: one is useless without the other",
  ],
  [
    "an external broker without credentials",
    { TIDEMARK_NATS_URL: "nats://a:1" },
    "TIDEMARK_NATS_URL and TIDEMARK_NATS_CREDENTIALS: one is useless without the other",
  ],
])("refuses %s", (_what, env, problem) => {
  expect(problemsOf({ env })).toEqual([problem]);
});

test("a file that is missing or no YAML is a fault among the others", () => {
  const missing = problemsOf({
    file: join(directory, "none.yaml"),
    env: { TIDEMARK_HTTP_PORT: "x" },
  });
  expect(missing).toHaveLength(2);
  expect(problemsOf({ file: file("broken.yaml", "a: [1") })).toHaveLength(1);
  expect(problemsOf({ file: file("list.yaml", "- 1") })).toHaveLength(1);
  expect(problemsOf({ file: file("empty.yaml", "") })).toEqual([]);
});

test("secrets may come from a file, and lists from commas", () => {
  const secret = file("password", "correct horse\n");
  const config = loadConfig({
    flags: {},
    env: {
      TIDEMARK_ADMIN_PASSWORD_FILE: secret,
      TIDEMARK_HTTP_HOSTS: "hub.example, hub",
      TIDEMARK_HTTP_PUBLIC_URL: "https://hub.example/",
    },
  });
  expect(config.admin.password).toBe("correct horse");
  expect(config.http.hosts).toEqual(["hub.example", "hub"]);
  expect(config.http.publicUrl).toBe("https://hub.example");
});

const key = "A".repeat(43);
const receiver = "must be a URL such as https://receiver.example";
const loopbackOnly =
  "must begin with https://; http:// is for this very machine only (localhost, 127.0.0.1, [::1])";

test.each([
  ["https://receiver.example/", "https://receiver.example"],
  ["https://receiver.example:8443/tidemark", "https://receiver.example:8443/tidemark"],
  ["http://localhost:9000", "http://localhost:9000"],
  ["http://127.0.0.1", "http://127.0.0.1"],
  ["http://[::1]:9000/", "http://[::1]:9000"],
])("answers may be sent to %s", (url, kept) => {
  const env = {
    TIDEMARK_SHARING_RECEIVER: url,
    TIDEMARK_SHARING_RELAY: url,
    TIDEMARK_SHARING_RECEIVER_KEY: key,
  };
  expect(loadConfig({ flags: {}, env }).sharing).toEqual({
    lock: null,
    receiver: kept,
    receiverKey: key,
    relay: kept,
  });
});

test.each([
  ["receiver.example", receiver],
  ["ftp://receiver.example", receiver],
  ["https://", receiver],
  ["http://receiver.example", loopbackOnly],
  // Names and numbers that only look like this machine.
  ["http://localhost.example", loopbackOnly],
  ["http://127.0.0.1.example", loopbackOnly],
  ["http://10.0.0.1", loopbackOnly],
  ["https://me:secret@receiver.example", "must hold no user and no password: reports name nobody"],
  ["https://receiver.example/?site=7", "must end with its path: no ? and no #"],
  ["https://receiver.example/#7", "must end with its path: no ? and no #"],
])("answers are not sent to %s", (url, problem) => {
  expect(problemsOf({ env: { TIDEMARK_SHARING_RECEIVER: url } })).toEqual([
    `TIDEMARK_SHARING_RECEIVER: ${problem}`,
  ]);
  expect(problemsOf({ flags: { "sharing.relay": url } })).toEqual([`--sharing-relay: ${problem}`]);
});

test.each(["A", "A".repeat(42), "A".repeat(44), `${"A".repeat(42)}B`, `${"A".repeat(42)}=`])(
  "%s is no receiver's key",
  (text) => {
    expect(problemsOf({ env: { TIDEMARK_SHARING_RECEIVER_KEY: text } })).toEqual([
      expect.stringContaining("must be an Ed25519 public key: 43 characters"),
    ]);
  },
);

test.each<[Partial<ConfigSources>, "configuration" | "DO_NOT_TRACK" | null]>([
  [{}, null],
  [{ env: { DO_NOT_TRACK: "" } }, null],
  [{ env: { DO_NOT_TRACK: "0" } }, null],
  [{ env: { DO_NOT_TRACK: "1" } }, "DO_NOT_TRACK"],
  [{ env: { DO_NOT_TRACK: "false" } }, "DO_NOT_TRACK"],
  [{ env: { TIDEMARK_SHARING_LOCKED: "0" } }, null],
  [{ env: { TIDEMARK_SHARING_LOCKED: "1" } }, "configuration"],
  [{ env: { TIDEMARK_SHARING_LOCKED: "True", DO_NOT_TRACK: "1" } }, "configuration"],
  [{ env: { TIDEMARK_SHARING_LOCKED: "false", DO_NOT_TRACK: "1" } }, "DO_NOT_TRACK"],
  [{ flags: { "sharing.locked": "true" } }, "configuration"],
])("with %j sharing is locked by %s", (sources, lock) => {
  expect(loadConfig({ flags: {}, env: {}, ...sources }).sharing.lock).toBe(lock);
});

test("a switch of the file is true or false, and what is neither is a fault", () => {
  const locked = file("locked.yaml", "sharing: { locked: true }\n");
  expect(loadConfig({ file: locked, flags: {}, env: {} }).sharing.lock).toBe("configuration");
  expect(problemsOf({ env: { TIDEMARK_SHARING_LOCKED: "maybe" } })).toEqual([
    "TIDEMARK_SHARING_LOCKED: must be boolean",
  ]);
});
