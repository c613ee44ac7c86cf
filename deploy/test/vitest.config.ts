// Three groups, one after the other: tests that share the machine happily; those that start whole programs and kill them, or what
// they need, and mostly wait; those that start whole programs and measure, one file at a time.
import { defineConfig } from "vitest/config";

const wholePrograms = ["deploy/e2e/**/*.test.ts"];
const faults = ["deploy/e2e/faults-*.test.ts"];

export default defineConfig({
  test: {
    root: new URL("../..", import.meta.url).pathname,
    // chDB crashes in worker threads, so every test file gets a process.
    pool: "forks",
    // Generous: a timeout here means that something hangs, not that a shared machine is slow today.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "parts",
          include: ["{proto,agent,hub,ui,deploy}/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/dist/**", ...wholePrograms],
          // More than there are cores: many wait for a program most of the time.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "faults",
          include: faults,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "programs",
          include: wholePrograms,
          exclude: faults,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
