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
