// The command line as a user types it, against a running hub.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandGroups } from "../src/cli.ts";
import { enrolFakeAgent, type FakeAgent } from "./fake-agent.ts";
import { type TestHub, adminPassword, startTestHub } from "./running-hub.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

let hub: TestHub;
let agent: FakeAgent;
beforeAll(async () => {
  hub = await startTestHub();
  const { token } = JSON.parse(
    (await tidemark("enrol-token", "--json", "--label", "role=rack")).out,
  );
  agent = await enrolFakeAgent(hub, token, "rack-1");
});
afterAll(async () => {
  await agent?.stop();
  await hub?.stop();
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, ...args], {
      env: { PATH: process.env["PATH"], ...env },
    });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && "stdout" in error && "stderr" in error))
      throw error;
    return { code: Number(error.code), out: String(error.stdout), err: String(error.stderr) };
  }
}

const tidemark = (...args: string[]) => run(args, { TIDEMARK_DATA_DIR: hub.dataDir });

test("lists agents as a table and as JSON", async () => {
  const { out } = await tidemark("agents", "list", "--label", "role=rack");
  expect(out).toMatch(/^ID +NAME +STATE +SEEN +VERSION +LABELS\n/);
  expect(out).toContain(`${agent.id}  rack-1  offline  never`);
  const { out: json } = await tidemark("agents", "list", "--search", "nobody", "--json");
  expect(JSON.parse(json)).toEqual([]);
});

test("labels an agent by name, keeping what is not named", async () => {
  const { out } = await tidemark("agents", "label", "rack-1", "zone=a", "--json");
  expect(JSON.parse(out).labels).toEqual({ role: "rack", zone: "a" });
  const { out: removed } = await tidemark("agents", "label", agent.id, "zone=", "--json");
  expect(JSON.parse(removed).labels).toEqual({ role: "rack" });
});

test("makes, lists and revokes an API token, by which a remote CLI works", async () => {
  const { out } = await tidemark("tokens", "create", "remote", "--role", "viewer", "--json");
  const { token, secret } = JSON.parse(out);
  const env = { TIDEMARK_URL: hub.url, TIDEMARK_TOKEN: secret };
  expect((await run(["status"], env)).out).toContain("1 offline");
  expect(await run(["tokens", "list"], env)).toMatchObject({
    code: 1,
    err: expect.stringContaining("this needs the role admin"),
  });
  expect((await tidemark("tokens", "list")).out).toContain(token.id);
  expect((await tidemark("tokens", "revoke", token.id)).code).toBe(0);
  expect((await run(["status"], env)).err).toContain("sign in, or send an API token");
});

test("resets a password, which ends the sessions of before", async () => {
  const signIn = (password: string) =>
    hub.fetch("/api/v1/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: "admin", password }),
    });
  const before = await signIn(adminPassword);
  const cookie = before.headers.getSetCookie()[0]!.split(";", 1)[0]!;
  const { out } = await tidemark("admin", "reset-password", "--json");
  const { user, password } = JSON.parse(out);
  expect(user).toBe("admin");
  expect((await signIn(adminPassword)).status).toBe(401);
  expect((await signIn(password)).status).toBe(200);
  expect((await hub.fetch("/api/v1/session", { headers: { cookie } })).status).toBe(401);
});

test("the enrolment command asks for the token instead of holding it", async () => {
  const { token, command } = JSON.parse((await tidemark("enrol-token", "--json")).out);
  expect(command).not.toContain(token);
  expect(command).toContain("--token-file -");
  expect((await tidemark("enrol-token")).out).toMatch(/\n {2}bash -c .*\n.*\n {2}[\w-]{16,}\n$/);
  // Typed with a pipe in place of a terminal: what is asked for is what comes out, byte for byte.
  const asked = command.slice(0, command.indexOf(" | "));
  const { stdout } = await promisify(execFile)("bash", ["-c", `echo 'a b\\c' | ${asked}`]);
  expect(stdout).toBe("a b\\c");
});

test("revokes an agent", async () => {
  const { token } = JSON.parse((await tidemark("enrol-token", "--json")).out);
  const doomed = await enrolFakeAgent(hub, token, "doomed");
  const closed = doomed.connection.closed();
  const { out } = await tidemark("agents", "revoke", "doomed");
  expect(out).toBe(`doomed (${doomed.id}) is revoked\n`);
  await closed;
});

test("enrolment tokens are listed without their secrets, and revoked", async () => {
  const { token } = JSON.parse(
    (await tidemark("enrol-token", "--json", "--label", "zone=listed", "--ttl", "600")).out,
  );
  const { out } = await tidemark("enrol-token", "list");
  expect(out).toMatch(/^ID +BY +MADE +EXPIRES +LABELS\n/);
  expect(out).toContain("zone=listed");
  expect(out).not.toContain(token);
  const [listed] = JSON.parse((await tidemark("enrol-token", "list", "--json")).out);
  expect(listed).toMatchObject({ labels: { zone: "listed" } });
  expect(await tidemark("enrol-token", "revoke", listed.id)).toMatchObject({
    code: 0,
    out: `${listed.id} is revoked\n`,
  });
  expect((await tidemark("enrol-token", "list")).out).not.toContain("zone=listed");
  expect((await tidemark("enrol-token", "revoke", listed.id)).code).toBe(1);
});

describe("failures are told in a line, with an exit code", () => {
  test.each<[string, string[], Record<string, string>, number, string]>([
    ["no hub to be found", ["status"], { TIDEMARK_DATA_DIR: "missing" }, 1, "no hub found"],
    [
      "a hub that is away",
      ["status"],
      { TIDEMARK_URL: "http://127.0.0.1:1", TIDEMARK_TOKEN: "x" },
      1,
      "does not answer",
    ],
    ["a token without an address", ["status"], { TIDEMARK_TOKEN: "x" }, 1, "set both"],
    ["an unknown command", ["agent"], {}, 2, "unknown command"],
    ["an unknown option", ["status", "--yaml"], {}, 2, "unknown option"],
    ["a wrong choice", ["agents", "list", "--state", "asleep"], {}, 2, "Allowed choices"],
    [
      "a faulty configuration",
      ["check-config", "--http-port", "x"],
      { TIDEMARK_NATS_PORT: "y" },
      2,
      "2 fault(s)",
    ],
    [
      "a switch that is neither on nor off, and reports that anybody could read",
      ["check-config", "--sharing-locked", "perhaps"],
      { TIDEMARK_SHARING_RECEIVER: "http://receiver.example" },
      2,
      "--sharing-locked: must be boolean\nTIDEMARK_SHARING_RECEIVER: must begin with https://",
    ],
    [
      "a faulty configuration, at the start",
      ["hub", "--http-port", "x"],
      {},
      2,
      "--http-port: must be integer",
    ],
  ])("%s", async (_what, args, env, code, message) => {
    const ran = await run(args, env);
    expect(ran).toMatchObject({ code, err: expect.stringContaining(message) });
    expect(ran.err).not.toMatch(/\n\s+at /);
  });

  test("an unknown agent", async () => {
    expect(await tidemark("agents", "revoke", "nobody")).toMatchObject({
      code: 1,
      err: "tidemark: there is no agent nobody\n",
    });
  });

  test.each([
    [["enrol-token", "--ttl", "5"], "/ttlSeconds of the body"],
    [["enrol-token", "--label", "rack"], "rack is not key=value"],
    [["run", "nothing", "--selector", "role=rack", "--rate", "1"], "/target: it is not a URL"],
    [
      ["run", "http://h/", "--agent", "rack-1", "--selector", "role=rack", "--rate", "1"],
      "/agents: give agent, agents or selector",
    ],
    [["run", "--agent", "rack-1", "--rate", "1"], "no target"],
    [["run", "http://h/", "--agent", "rack-1", "--ramp", "up"], "--ramp: up is not from:to"],
  ])("what is wrong with %j", async (args, reason) => {
    await agent.beat();
    expect(await tidemark(...args)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining(reason),
    });
  });

  test.each([main, fileURLToPath(new URL("../../agent/src/main.ts", import.meta.url))])(
    "a reader of %s that goes away ends it without a word",
    async (program) => {
      const child = spawn(process.execPath, [program, "--help"], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      child.stdout.destroy();
      const told: Buffer[] = [];
      child.stderr.on("data", (bytes: Buffer) => told.push(bytes));
      const [code] = await once(child, "close");
      expect({ code, told: Buffer.concat(told).toString() }).toEqual({ code: 141, told: "" });
    },
  );
});

test("check-config prints what holds, without secrets", async () => {
  const { out, code } = await run(["check-config", "--json"], {
    TIDEMARK_ADMIN_PASSWORD: "a very secret one",
    TIDEMARK_HTTP_PORT: "9000",
  });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ http: { port: 9000 }, admin: { password: "(set)" } });
  expect(out).not.toContain("very secret");
});

test.each([
  [["--sharing-locked"], {}, "configuration"],
  [["--sharing-locked", "true"], {}, "configuration"],
  [["--sharing-locked", "false"], { TIDEMARK_SHARING_LOCKED: "true" }, null],
  [["--sharing-locked=false"], { DO_NOT_TRACK: "1" }, "DO_NOT_TRACK"],
])("check-config %j with %j says that sharing is locked by %s", async (args, env, lock) => {
  const { out } = await run(["check-config", "--json", ...args], env);
  expect(JSON.parse(out).sharing).toEqual({ lock });
});

test("every command shows an example, and says how to get JSON", () => {
  const program = new Command();
  const context = { env: {}, print: () => undefined, connect: () => expect.unreachable() };
  for (const group of commandGroups) group(program, context);
  const leaves = (command: Command): Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  for (const command of program.commands.flatMap(leaves)) {
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help, command.name()).toContain("Example:");
    if (command.name() !== "hub" && command.parent?.name() !== "simulate")
      expect(help, command.name()).toContain("--json");
  }
});
