import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTemplate, secretsIn, templatedTexts } from "./template.ts";

test.each([
  ["", [{ kind: "text", text: "" }]],
  ["plain { } }}", [{ kind: "text", text: "plain { } }}" }]],
  ["{{{{x}}", [{ kind: "text", text: "{{x}}" }]],
  [
    "a{{ id }}b{{feed.user name}}",
    [
      { kind: "text", text: "a" },
      { kind: "id" },
      { kind: "text", text: "b" },
      { kind: "feed", column: "user name" },
    ],
  ],
  ["{{secret.maas-key}}", [{ kind: "secret", name: "maas-key" }]],
])("takes %j apart", (text, parts) => {
  expect(parseTemplate(text)).toEqual({ kind: "template", parts });
});

test.each(["{{", "{{}}", "{{feed.}}", "{{secret.A}}", "{{ env.PATH }}", "x{{id}}{{idd}}"])(
  "%j is refused with what would do",
  (text) => {
    expect(parseTemplate(text)).toMatchObject({
      kind: "faulty",
      reason: expect.stringContaining("{{feed.column}}"),
    });
  },
);

test("text without double braces is itself", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }).filter((text) => !text.includes("{{")),
      (text) => {
        expect(parseTemplate(text)).toEqual({ kind: "template", parts: [{ kind: "text", text }] });
      },
    ),
  );
});

test("finds every text and every secret of a plan", () => {
  const plan = {
    headers: [{ name: "a", value: "{{secret.one}}" }],
    body: "{{secret.two}}",
    requests: [{ weight: 1, path: "/{{secret.three}}", body: "{{secret.one}}" }],
    auth: { kind: "basic" as const, username: "u", passwordSecret: "four" },
    tls: { certificateSecret: "five", keySecret: "six" },
  };
  expect(templatedTexts(plan).map(({ field }) => field)).toEqual([
    "/headers/0",
    "/body",
    "/requests/0/path",
    "/requests/0/body",
  ]);
  expect(secretsIn(plan)).toEqual(["five", "four", "one", "six", "three", "two"]);
});
