import { expect, test } from "vitest";
import { type Part, runParts } from "./parts.ts";

function recorder(names: readonly string[], faults: { start?: string; stop?: string } = {}) {
  const log: string[] = [];
  const parts = names.map((name): Part => ({
    name,
    start() {
      log.push(`start ${name}`);
      return faults.start === name ? Promise.reject(new Error(name)) : Promise.resolve();
    },
    stop() {
      log.push(`stop ${name}`);
      return faults.stop === name ? Promise.reject(new Error(name)) : Promise.resolve();
    },
  }));
  return { log, parts, told: (part: string) => void log.push(`told ${part}`) };
}

test("parts start in order and stop in reverse", async () => {
  const { log, parts, told } = recorder(["one", "two"]);
  const abort = new AbortController();
  const running = runParts(parts, abort.signal, told);
  abort.abort();
  await running;
  expect(log[0]).toBe("start one");
  expect(log.at(-1)).toBe("stop one");
});

test("a failing start stops what was started, itself included, and is reported", async () => {
  const { log, parts, told } = recorder(["one", "two", "three"], { start: "two" });
  await expect(runParts(parts, new AbortController().signal, told)).rejects.toThrow("two");
  expect(log).toEqual(["start one", "start two", "stop two", "stop one"]);
});

test("a failing stop is told and does not keep the others from stopping", async () => {
  const { log, parts, told } = recorder(["one", "two", "three"], { start: "three", stop: "two" });
  await expect(runParts(parts, new AbortController().signal, told)).rejects.toThrow("three");
  expect(log.slice(3)).toEqual(["stop three", "stop two", "told two", "stop one"]);
});

test("nothing starts after the signal", async () => {
  const { log, parts, told } = recorder(["one"]);
  await runParts(parts, AbortSignal.abort(), told);
  expect(log).toEqual([]);
});
