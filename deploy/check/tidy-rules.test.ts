import { expect, test } from "vitest";
import { lengthAdvice, tidyRules } from "./tidy-rules.ts";

const readmes = ["proto", "agent", "hub", "ui", "deploy"].map((workspace) => ({
  path: `${workspace}/README.md`,
  text: "| `collectors` | what |",
}));
const problems = (path: string, text: string) =>
  tidyRules.flatMap((rule) => rule([...readmes, { path, text }]));
// Built here in pieces, so that this file is tidy itself.
const from = (...pieces: string[]) => pieces.join("");

test.each([
  ["a machine's path", "hub/src/x.ts", from('const a = "/wo', 'rk/main";'), "one machine"],
  ["a temporary folder's path", "hub/test/x.test.ts", from('"/tm', 'p/data"'), "one machine"],
  ["a registry's host", "README.md", from("https://registry.np", "mjs.org/x"), "registry"],
  ["a locked host", "package-lock.json", '"resolved": "https://host/x.tgz"', "registry's address"],
  ["a leftover", "agent/src/x.ts", from("// TO", "DO later"), "leftover"],
  ["a silent skip", "agent/src/x.test.ts", from("test.sk", 'ip("x")'), "does not run"],
  ["the environment", "hub/src/ingest/x.ts", from("process.e", "nv.X"), "config.ts"],
  ["a barrel", "hub/src/store/index.ts", 'export * from "./a.ts";', "explicit array"],
  ["an unnamed folder", "agent/src/outbox/ring.ts", "", "does not name the folder outbox"],
])("%s is found, with its place", (_, path, text, reason) => {
  expect(problems(path, text).join("\n")).toContain(reason);
});

test.each([
  ["a path in a URL", "hub/src/x.ts", from('"https://example.test/wo', 'rk/x"')],
  ["the kernel's own paths", "agent/src/collectors/x.ts", '"/proc/stat"; "/sys/class"'],
  ["the environment in config.ts", "hub/src/config.ts", from("process.e", "nv.X")],
  ["a named folder", "agent/src/collectors/cpu.ts", ""],
])("%s is fine", (_, path, text) => {
  expect(problems(path, text)).toEqual([]);
});

test("a module that its registry forgot is found", () => {
  const folder = "agent/src/collectors/";
  const files = [
    ...readmes,
    { path: `${folder}index.ts`, text: 'import "./cpu.ts"; [] as const satisfies readonly X[]' },
    { path: `${folder}cpu.ts`, text: 'import type { Collector } from "./collector.ts";' },
    { path: `${folder}collector.ts`, text: "" },
    { path: `${folder}forgotten.ts`, text: "" },
  ];
  expect(tidyRules.flatMap((rule) => rule(files))).toEqual([
    `${folder}forgotten.ts: not listed in ${folder}index.ts`,
  ]);
});

test("a long file is told, a long test is not", () => {
  const text = "x\n".repeat(400);
  expect(lengthAdvice([{ path: "hub/src/a.ts", text }])[0]).toContain("400 lines");
  expect(lengthAdvice([{ path: "hub/src/a.test.ts", text }])).toEqual([]);
});
