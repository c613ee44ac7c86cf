import type { NewRun } from "@tidemark/proto";
import { expect, test } from "vitest";
import { planOf } from "./plan.ts";

const input: NewRun = {
  agent: "aaaaaaaaaaaaaaaa",
  target: "http://127.0.0.1:8080/x?y=1#part",
  ratePerSecond: 100,
  connections: 8,
  durationSeconds: 10,
};

test("fills in what was not said and leaves the fragment at home", () => {
  expect(planOf(input)).toEqual({
    kind: "planned",
    plan: {
      driver: "http1",
      target: "http://127.0.0.1:8080/x?y=1",
      method: "GET",
      headers: [],
      body: "",
      pacing: { kind: "constant", ratePerSecond: 100 },
      precision: "precise",
      connections: 8,
      durationMs: 10_000,
      timeoutMs: 5_000,
    },
  });
});

test.each([
  [{ target: "not a url" }, "/target"],
  [{ target: "https://127.0.0.1/" }, "/target"],
  [{ target: "http://user:secret@127.0.0.1/" }, "/target"],
  [{ durationSeconds: 0.01 }, "/durationSeconds"],
])("names the field at fault and keeps secrets out of the reason: %j", (change, field) => {
  const planned = planOf({ ...input, ...change });
  expect(planned).toMatchObject({ kind: "faulty", field });
  expect(JSON.stringify(planned)).not.toContain("secret");
});
