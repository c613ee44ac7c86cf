import { expect, test } from "vitest";
import type { RequestParts, RequestSource } from "../../requests/requests.ts";
import { frame, framesOf } from "./request.ts";

const parts: RequestParts = {
  method: "GET",
  path: "/x",
  headers: [],
  body: Buffer.alloc(0),
  id: "",
  isConstant: true,
};
const header = (name: string, value: string) => ({ name, value, isConfidential: false });
const textOf = (change: Partial<RequestParts>) =>
  frame({ ...parts, ...change }, "example.test").bytes.toString("latin1");

test("writes a request line, a Host, and the headers in their order", () => {
  expect(textOf({ headers: [header("B", "1"), header("A", "ü")] })).toBe(
    "GET /x HTTP/1.1\r\nHost: example.test\r\nB: 1\r\nA: ü\r\n\r\n",
  );
});

test("leaves Host to the plan where it names one", () => {
  expect(textOf({ headers: [header("host", "other.test")] })).toBe(
    "GET /x HTTP/1.1\r\nhost: other.test\r\n\r\n",
  );
});

test("announces a body's length in bytes, also of an empty POST, and none of a GET without a body", () => {
  expect(textOf({ method: "POST", body: Buffer.from("ü") })).toMatch(
    /Content-Length: 2\r\n\r\nÃ¼$/,
  );
  expect(textOf({ method: "POST" })).toContain("Content-Length: 0\r\n");
  expect(textOf({})).not.toContain("Content-Length");
});

test("frames once what comes again, and each time what does not", () => {
  const other = { ...parts, isConstant: false };
  const order = [parts, other, parts, other];
  const source: RequestSource = { isConstant: false, next: () => order.shift()! };
  const next = framesOf(source, "example.test");
  const [first, second, third, fourth] = [next(), next(), next(), next()];
  expect(third).toBe(first);
  expect(fourth).not.toBe(second);
});
