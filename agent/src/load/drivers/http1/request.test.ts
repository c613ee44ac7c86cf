import type { LoadPlan } from "@tidemark/proto";
import { expect, test } from "vitest";
import { PlanRejected } from "../driver.ts";
import { buildRequest } from "./request.ts";

const plan: LoadPlan = {
  driver: "http1",
  target: "http://example.test/x",
  method: "GET",
  headers: [],
  body: "",
  pacing: { kind: "constant", ratePerSecond: 1 },
  precision: "precise",
  connections: 1,
  durationMs: 1_000,
  timeoutMs: 1_000,
};

test("writes a request line, a Host and a User-Agent", () => {
  expect(buildRequest(plan).toString()).toBe(
    "GET /x HTTP/1.1\r\nHost: example.test\r\nUser-Agent: tidemark\r\n\r\n",
  );
});

test("leaves Host and User-Agent to the plan where it names them", () => {
  const headers = [
    { name: "host", value: "other.test" },
    { name: "USER-AGENT", value: "me" },
  ];
  expect(buildRequest({ ...plan, headers }).toString()).toBe(
    "GET /x HTTP/1.1\r\nhost: other.test\r\nUSER-AGENT: me\r\n\r\n",
  );
});

test("announces the length of an empty POST, and no length of a GET without a body", () => {
  expect(buildRequest({ ...plan, method: "POST" }).toString()).toContain("Content-Length: 0\r\n");
  expect(buildRequest(plan).toString()).not.toContain("Content-Length");
});

test.each([
  ["Content-Length", "headers/0"],
  ["transfer-encoding", "headers/0"],
  ["Expect", "headers/0"],
])("refuses the plan's own %s", (name, field) => {
  const build = () => buildRequest({ ...plan, headers: [{ name, value: "1" }] });
  expect(build).toThrow(PlanRejected);
  expect(build).toThrow(field);
});

test.each(["https://example.test/", "http://user:secret@example.test/", "http://"])(
  "refuses the target %s without repeating a secret",
  (target) => {
    const build = () => buildRequest({ ...plan, target });
    expect(build).toThrow(/^target: (?!.*secret)/);
  },
);

test("refuses a body with HEAD", () => {
  expect(() => buildRequest({ ...plan, method: "HEAD", body: "x" })).toThrow("body:");
});
