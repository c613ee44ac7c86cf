import fc from "fast-check";
import { expect, test } from "vitest";
import { type Hop, stepAfter } from "./redirect.ts";

const hop: Hop = {
  url: new URL("https://example.test:8443/a/b?c"),
  parts: {
    method: "POST",
    path: "/a/b?c",
    headers: [{ name: "Authorization", value: "x", isConfidential: true }],
    body: Buffer.from("body"),
    id: "id",
    isConstant: true,
  },
  left: 1,
};

test.each([200, 204, 300, 304, 305, 306, 404])("%i is no redirect", (status) => {
  expect(stepAfter(hop, status, "/x")).toEqual({ kind: "final" });
});

test("a redirect to nowhere is the response", () => {
  expect(stepAfter(hop, 302, "")).toEqual({ kind: "final" });
});

test.each([
  ["/x", "/x"],
  ["x?y", "/a/x?y"],
  ["?y", "/a/b?y"],
  ["//other.test/x y", "/x%20y"],
  ["https://user:secret@other.test/é#f", "/%C3%A9"],
])("%s leads to the path %s", (location, path) => {
  expect(stepAfter(hop, 308, location)).toMatchObject({ kind: "follow", hop: { parts: { path } } });
});

test("whatever a location holds, the next request's line is one line, encrypted, and tells nobody else who asks", () => {
  const location = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.webUrl(),
    fc
      .tuple(fc.constantFrom("http:", "https:", "//", "/", "\\\\", "?"), fc.string())
      .map((two) => two.join("")),
  );
  fc.assert(
    fc.property(location, fc.constantFrom(301, 302, 303, 307, 308), (text, status) => {
      const step = stepAfter(hop, status, text);
      if (step.kind !== "follow") return;
      const { url, parts, left } = step.hop;
      expect(left).toBe(0);
      expect(url.protocol).toBe("https:");
      expect(parts.path).toMatch(/^\/[!-~]*$/);
      expect(url.host).toMatch(/^[!-~]+$/);
      expect(parts.headers.length).toBe(url.origin === hop.url.origin ? 1 : 0);
      expect(stepAfter(step.hop, status, text).kind).toBe("refused");
    }),
    { numRuns: 1_000 },
  );
});
