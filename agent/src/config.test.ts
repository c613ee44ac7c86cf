import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadConfig } from "./config.ts";
import { ConfigRejected } from "./errors.ts";
import { flagOf, settingNames, variableOf } from "./settings.ts";

const directory = mkdtempSync(join(tmpdir(), "tidemark-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

function fileWith(text: string): string {
  const file = join(directory, "agent.yaml");
  writeFileSync(file, text);
  return file;
}

function faultsOf(sources: Parameters<typeof loadConfig>[0]): readonly string[] {
  try {
    loadConfig(sources);
    return [];
  } catch (cause) {
    if (cause instanceof ConfigRejected) return cause.faults;
    throw cause;
  }
}

const empty = () => fileWith("");

test("is whole and frozen without any source", () => {
  const config = loadConfig({ flags: {}, file: empty(), env: {} });
  expect(config).toMatchObject({
    intervalSeconds: 1,
    batchTicks: 15,
    outbox: { bytesMax: 67_108_864, ageSecondsMax: 86_400 },
    prometheus: undefined,
    policyFile: "/var/lib/tidemark-agent/policy.yaml",
  });
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.outbox)).toBe(true);
});

test("flags win over variables, variables over the file", () => {
  const file = fileWith(
    "intervalSeconds: 10\nbatchTicks: 10\noutbox:\n  ageSecondsMax: 600\ntopProcesses: 3\n",
  );
  const env = { TIDEMARK_AGENT_INTERVAL_SECONDS: "5", TIDEMARK_AGENT_BATCH_TICKS: "5" };
  const config = loadConfig({ flags: { batchTicks: "2" }, file, env });
  expect(config).toMatchObject({
    intervalSeconds: 5,
    batchTicks: 2,
    outbox: { ageSecondsMax: 600 },
    topProcesses: 3,
  });
});

test("the file can be named by a variable; lists are separated by commas; addresses are taken apart", () => {
  const config = loadConfig({
    flags: {},
    file: undefined,
    env: {
      TIDEMARK_AGENT_CONFIG: fileWith('"prometheus.listen": "[::1]:9100"\n'),
      TIDEMARK_AGENT_COLLECTORS: "cpu, memory",
    },
  });
  expect(config.collectors).toEqual(["cpu", "memory"]);
  expect(config.prometheus).toEqual({ host: "::1", port: 9_100 });
});

test("reports every fault at once, by the name it was given under", () => {
  const file = fileWith("intervalSecnds: 1\ntopProcesses: many\noutbox: { bytesMax: 1 }\n");
  const faults = faultsOf({
    flags: { collectors: "cpu,cpuu", "prometheus.listen": "localhost:99999" },
    file,
    env: {
      TIDEMARK_AGENT_INTERVAL_SECONDS: "0",
      TIDEMARK_AGENT_INTERVALL: "1",
      TIDEMARK_OTHER: "x",
    },
  });
  expect(faults).toEqual([
    `intervalSecnds in ${file}: is not a setting`,
    "TIDEMARK_AGENT_INTERVALL: is not a variable of the agent",
    "TIDEMARK_AGENT_INTERVAL_SECONDS: must be >= 1, is 0",
    expect.stringMatching(/^--collectors: must be one of cpu, .*, is "cpuu"$/),
    expect.stringContaining(`topProcesses in ${file}: must be`),
    `outbox.bytesMax in ${file}: must be >= 1048576, is 1`,
    '--prometheus-listen: must end in a port up to 65535, is "localhost:99999"',
  ]);
});

test.each([
  ["a list", "- 1\n", "must hold settings"],
  ["no YAML", "a: [\n", "cannot be read"],
  ["an alias bomb", "a: &a [1]\nb: [*a, *a]\n", "cannot be read"],
  ["a bad expression", "ignored: { disks: '(' }\n", 'must match format "regex"'],
])("refuses a file that holds %s", (_what, text, fault) => {
  expect(faultsOf({ flags: {}, file: fileWith(text), env: {} }).join()).toContain(fault);
});

test("a missing file is a fault", () => {
  const file = join(directory, "absent.yaml");
  expect(faultsOf({ flags: {}, file, env: {} })[0]).toContain(`${file}: cannot be read: ENOENT`);
});

test("every setting has its own flag and variable", () => {
  expect(flagOf("outbox.bytesMax")).toBe("--outbox-bytes-max");
  expect(variableOf("outbox.bytesMax")).toBe("TIDEMARK_AGENT_OUTBOX_BYTES_MAX");
  expect(new Set(settingNames.map(flagOf)).size).toBe(settingNames.length);
});
