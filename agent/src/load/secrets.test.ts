import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, expect, test } from "vitest";
import { seen } from "./guard/targets.ts";
import { grantSecrets, ownUid, parseSecrets, readSecrets, secretsFileOf } from "./secrets.ts";

const directory = mkdtempSync(join(tmpdir(), "tidemark-secrets-"));
const file = secretsFileOf(join(directory, "policy.yaml"));
afterEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(directory, { recursive: true }));

const canary = "c4n4ry-5ecret";

function faultsOf(text: string): readonly string[] {
  const parsed = parseSecrets(text);
  if (parsed.kind === "secrets")
    throw new Error(`taken for secrets: ${[...parsed.secrets.keys()].join()}`);
  return parsed.faults;
}

function secretsOf(text: string) {
  const parsed = parseSecrets(text);
  if (parsed.kind === "faulty") throw new Error(parsed.faults.join());
  return parsed.secrets;
}

const at = (host: string, port: number, address = host) =>
  seen(address, { host, port, own: ["10.0.0.5"] })!;

test("lies beside the policy", () => expect(file).toBe(join(directory, "secrets.yaml")));

test("no file, an empty one and one of comments hold none", () => {
  for (const text of [undefined, "", "# nothing yet\n"]) {
    if (text !== undefined) writeFileSync(file, text, { mode: 0o600 });
    expect(readSecrets(file, ownUid())).toEqual({ kind: "secrets", secrets: new Map() });
  }
});

test.each([0o640, 0o604, 0o660, 0o644, 0o620, 0o601])(
  "refuses mode %o and says what to do",
  (mode) => {
    writeFileSync(file, `token: ${canary}\n`);
    chmodSync(file, mode);
    expect(readSecrets(file, ownUid())).toEqual({
      kind: "faulty",
      faults: [`other users may use it: chmod 0600 ${file}`],
    });
    chmodSync(file, 0o600);
    expect(readSecrets(file, ownUid()).kind).toBe("secrets");
    chmodSync(file, 0o400);
    expect(readSecrets(file, ownUid()).kind).toBe("secrets");
  },
);

test("refuses a file of another user", () => {
  writeFileSync(file, `token: ${canary}\n`, { mode: 0o600 });
  const other = ownUid() + 1;
  expect(readSecrets(file, other)).toMatchObject({
    faults: [expect.stringContaining(`chown ${other} ${file}`)],
  });
});

test("judges the file behind a link, and refuses what is no file", () => {
  const real = join(directory, "real.yaml");
  writeFileSync(real, `token: ${canary}\n`, { mode: 0o644 });
  symlinkSync(real, file);
  expect(readSecrets(file, ownUid())).toMatchObject({ faults: [expect.stringContaining("chmod")] });
  rmSync(file);
  symlinkSync(directory, file);
  expect(readSecrets(file, ownUid())).toMatchObject({ faults: ["it is not a file"] });
});

test("reads both forms", () => {
  const secrets = secretsOf(
    `token: ${canary}\nkey:\n  value: |\n    -----BEGIN\n    x\n  targets: ["10.0.0.0/8:443", api.test]\n`,
  );
  expect(secrets.get("token")).toEqual({ value: canary, targets: undefined });
  expect(secrets.get("key")?.value).toBe("-----BEGIN\nx\n");
  expect(secrets.get("key")?.targets).toHaveLength(2);
});

test.each([
  ["a number", `pin: 1234\ntoken: ${canary}`, ["pin: it must be text"]],
  ["nothing", "token:", ["token: it must be text"]],
  ["a list", `- ${canary}`, ["it must hold secrets"]],
  ["a text", canary, ["it must hold secrets"]],
  ["an empty value", 'token: ""', ["token: it must be text"]],
  ["a field too much", `token: { value: ${canary}, target: x }`, ["token: it must be text"]],
  ["a bad target", `a: { value: ${canary}, targets: [10.0.0.0/8:443, "*.x"] }`, ["a: targets/1"]],
  ["a bad port", `a: { value: ${canary}, targets: ["api.test:0"] }`, ["a: targets/0"]],
  ["no targets", `a: { value: ${canary}, targets: [] }`, ["a: it must be text"]],
  ["a name that is a value", `${canary.toUpperCase()}: x`, ["entry 1 has a name"]],
  ["a value in quotes gone wrong", `token: "${canary}" "x"`, ["it is not plain YAML: see line 1"]],
  ["an alias", `a: &x ${canary}\nb: *x`, ["it is not plain YAML"]],
  ["a duplicate", `${canary}: 1\n${canary}: 2`, ["it is not plain YAML"]],
  ["every fault at once", `A: ${canary}\nb: 1\nc: 2`, ["entry 1", "b: it must", "c: it must"]],
])("refuses %s without repeating a value", (_, text, expected) => {
  const faults = faultsOf(text);
  expect(faults).toHaveLength(expected.length);
  for (const [index, fault] of faults.entries()) {
    expect(fault.startsWith(expected[index]!)).toBe(true);
    expect(fault.toLowerCase()).not.toContain(canary);
  }
});

test("whatever a file holds, neither faults nor warnings repeat a piece of it", () => {
  const warnings: unknown[] = [];
  const listen = (...warning: unknown[]) => warnings.push(warning);
  const { emitWarning } = process;
  process.emitWarning = listen as typeof emitWarning;
  // No name: a value that looks like one cannot be told from it.
  const value = canary.toUpperCase();
  const piece = fc.constantFrom(
    value,
    ": ",
    "\n",
    "- ",
    '"',
    "'",
    "{",
    "}",
    "[",
    "&a ",
    "*a",
    "!!",
    "|\n",
    " ",
    "\t",
    "%",
    "x",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const parsed = parseSecrets(pieces.join(""));
      if (parsed.kind === "faulty") expect(parsed.faults.join()).not.toContain("5ECRET");
    }),
    { numRuns: 1_000 },
  );
  process.emitWarning = emitWarning;
  expect(warnings).toEqual([]);
});

test.each([
  ["10.0.0.0/8:443", at("10.1.2.3", 443), true],
  ["10.0.0.0/8:443", at("10.1.2.3", 444), false],
  ["10.0.0.0/8:443", at("::ffff:10.1.2.3", 443), true],
  ["10.0.0.0/8", at("10.1.2.3", 1), true],
  ["10.0.0.0/8", at("11.1.2.3", 1), false],
  ["10.1.2.3", at("api.test", 80, "10.1.2.3"), true],
  ["[2001:db8::/32]:443", at("2001:db8::1", 443), true],
  ["[2001:db8::/32]:443", at("2001:db8::1", 80), false],
  ["2001:db8::1", at("2001:db8::1", 80), true],
  ["2001:db8::443", at("2001:db8::1", 443), false],
  ["api.test", at("api.test", 80, "192.0.2.1"), true],
  ["api.test:8000-8999", at("api.test", 8_500, "192.0.2.1"), true],
  ["api.test:8000-8999", at("api.test", 9_000, "192.0.2.1"), false],
  ["API.test.", at("api.test", 80, "192.0.2.1"), true],
  ["api.test", at("evil.test", 80, "192.0.2.1"), false],
  ["api.test", at("192.0.2.1", 80), false],
  ["api.test", at("api.test", 80, "127.0.0.1"), false],
  ["self:8080", at("127.0.0.1", 8_080), true],
  ["self", at("10.0.0.5", 8_080), true],
  ["self", at("10.0.0.6", 8_080), false],
])("a secret for %s at $host $port: %s", (target, place, expected) => {
  const secrets = secretsOf(`token: { value: ${canary}, targets: ["${target}"] }`);
  const granted = grantSecrets(secrets, ["token"], place);
  expect(granted.kind).toBe(expected ? "granted" : "refused");
  if (granted.kind === "refused") {
    expect(granted.reason).toContain("secret token");
    expect(granted.reason).not.toContain(canary);
  }
});

test("gives out what is named and nothing else", () => {
  const secrets = secretsOf(`a: ${canary}\nb: other\n`);
  expect(grantSecrets(secrets, ["a"], at("10.1.1.1", 80))).toEqual({
    kind: "granted",
    values: { a: canary },
  });
  expect(grantSecrets(secrets, ["a", "c"], at("10.1.1.1", 80))).toEqual({
    kind: "refused",
    reason: "secret c is not in this host's secrets.yaml",
  });
});
