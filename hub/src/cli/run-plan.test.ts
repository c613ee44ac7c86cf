import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type StartOptions, newRun } from "./run-plan.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidemark-cli-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const options: StartOptions = {
  agent: "rack-1",
  rate: "100",
  connections: "8",
  duration: "10",
  method: "post",
};
const plan = (change: Partial<StartOptions>) =>
  newRun("http://127.0.0.1/", "a".repeat(16), { ...options, ...change });

async function file(text: string): Promise<string> {
  const path = join(directory, "given");
  await writeFile(path, text);
  return path;
}

test("everything left out is left to the hub", () => {
  const { body, timeoutMs, precision, headers, method } = plan({});
  expect({ body, timeoutMs, precision, headers, method }).toEqual({
    body: undefined,
    timeoutMs: undefined,
    precision: undefined,
    headers: [],
    method: "POST",
  });
});

test("a timeout is in seconds, a precision goes as it is", () => {
  expect(plan({ timeout: "2.5", precision: "economy" })).toMatchObject({
    timeoutMs: 2_500,
    precision: "economy",
  });
});

test("a body comes from the command line or, byte for byte, from a file", async () => {
  expect(plan({ body: "x=1" }).body).toBe("x=1");
  expect(plan({ bodyFile: await file('{"a": "ü"}\n') }).body).toBe('{"a": "ü"}\n');
});

test("headers come from both, the file's one a line", async () => {
  const headerFile = await file("# mine\nAuthorization: Bearer a:b\r\n\nX-Two:2\n");
  expect(plan({ header: ["X-One: 1"], headerFile }).headers).toEqual([
    { name: "X-One", value: "1" },
    { name: "Authorization", value: "Bearer a:b" },
    { name: "X-Two", value: "2" },
  ]);
});

test("a faulty header is named by its place, not shown: it may be a secret", async () => {
  const headerFile = await file("X-One: 1\nhunter2\n");
  expect(() => plan({ headerFile })).toThrow(/given line 2 is not name: value$/);
  expect(() => plan({ header: ["hunter2"] })).toThrow("--header, number 1 is not name: value");
});

test("a file that cannot be read is named with its option", () => {
  const missing = join(directory, "missing");
  expect(() => plan({ bodyFile: missing })).toThrow(
    /^--body-file .*missing cannot be read: ENOENT/,
  );
  expect(() => plan({ headerFile: missing })).toThrow(/^--header-file .* cannot be read/);
});
