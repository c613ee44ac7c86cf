import type { LoadPlan } from "@tidemark/proto";
import { expect, test } from "vitest";
import { openMask } from "./mask.ts";

const plan: LoadPlan = {
  driver: "http1",
  target: "http://example.test/",
  method: "GET",
  headers: [{ name: "X", value: "{{secret.key}}" }],
  body: "",
  pacing: { kind: "constant", ratePerSecond: 1 },
  precision: "precise",
  connections: 1,
  durationMs: 1_000,
  timeoutMs: 1_000,
  auth: { kind: "basic", username: "me", passwordSecret: "password" },
};
const secrets = { key: 'k "1"/é', password: "hunter2", other: "never used" };
const mask = openMask(plan, secrets);

test.each([
  ["as it is", secrets.key, "{{secret.key}}"],
  ["in a query", encodeURIComponent(secrets.key), "{{secret.key}}"],
  ["in a path", "k%20%221%22/%C3%A9", "{{secret.key}}"],
  ["in JSON", JSON.stringify({ echo: secrets.key }), '{"echo":"{{secret.key}}"}'],
  ["in base64", Buffer.from(secrets.key).toString("base64"), "{{secret.key}}"],
  ["in bytes", Buffer.from(secrets.key).toString("latin1"), "{{secret.key}}"],
  ["in an Authorization header", `Basic ${btoa("me:hunter2")}`, "Basic {{secret.password}}"],
])("hides a secret %s", (_, text, expected) => {
  expect(mask(`<${text}>`, "whole")).toBe(`<${expected}>`);
});

test("hides a secret within the base64 of a longer text, wherever it begins", () => {
  for (const before of ["", "x", "xx", "xxx"]) {
    const shown = mask(btoa(`${before}hunter2 hunter2`), "whole");
    expect(Buffer.from(shown, "base64").toString()).not.toContain("unter");
  }
});

test("hides the beginning of a secret where the text was cut", () => {
  expect(mask("x hunter2 hunt", "cut")).toBe("x {{secret.password}} ");
  expect(mask("x hunter2 hunt", "whole")).toBe("x {{secret.password}} hunt");
});

test("leaves alone what the plan does not name", () => {
  expect(mask("never used", "whole")).toBe("never used");
});
