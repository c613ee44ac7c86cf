// The agent's package, made and unpacked as dpkg would: its layout, and an agent that runs from it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildAgent } from "../build/agent.ts";

let folder: string;
let contents: string;
const run = (command: string, args: readonly string[]) =>
  execFileSync(command, args, { encoding: "utf8" });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-deb-"));
  const bundle = join(folder, "bundle");
  await buildAgent(bundle);
  const script = fileURLToPath(new URL("build.sh", import.meta.url));
  const made = execFileSync("sh", [script, bundle, process.execPath, folder], {
    encoding: "utf8",
    env: { ...process.env, TIDEMARK_DEB_COMPRESSION: "none" },
  }).trim();
  contents = run("dpkg-deb", ["-c", made]);
  run("dpkg-deb", ["-x", made, join(folder, "root")]);
  run("dpkg-deb", ["-e", made, join(folder, "control")]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["drwxr-xr-x", "./"],
  ["-rwxr-xr-x", "./usr/bin/tidemark-agent"],
  ["-rwxr-xr-x", "./usr/lib/tidemark-agent/node"],
  ["-rw-r--r--", "./usr/lib/tidemark-agent/tidemark-agent.mjs"],
  ["-rw-r--r--", "./usr/lib/tidemark-agent/load-thread.mjs"],
  ["-rw-r--r--", "./lib/systemd/system/tidemark-agent.service"],
  ["-rw-r--r--", "./etc/default/tidemark-agent"],
  ["-rw-r--r--", "./etc/tidemark/agent.yaml"],
  ["-rw-r--r--", "./usr/share/doc/tidemark-agent/LICENSE"],
  ["-rw-r--r--", "./usr/share/doc/tidemark-agent/load-safety.md"],
])("installs %s root/root %s", (mode, path) => {
  const line = contents.split("\n").find((entry) => entry.endsWith(` ${path}`));
  expect(line).toMatch(new RegExp(`^${mode} root/root `));
});

test("the installed agent runs with the Node it brings and accepts the file it brings", () => {
  const at = (path: string) => join(folder, "root", path);
  const agent = (...args: string[]) =>
    run(at("usr/lib/tidemark-agent/node"), [
      at("usr/lib/tidemark-agent/tidemark-agent.mjs"),
      ...args,
    ]);
  expect(agent("--version")).toMatch(/^\d+\.\d+\.\d+/);
  expect(agent("list")).toContain("pressure");
  expect(() => agent("check-config", "--config", at("etc/tidemark/agent.yaml"))).not.toThrow();
});

test.each(["postinst", "prerm", "postrm"])(
  "%s is a shell script without a syntax error",
  (name) => {
    expect(run("sh", ["-n", join(folder, "control", name)])).toBe("");
  },
);
