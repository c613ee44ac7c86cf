import { readFileSync } from "node:fs";
import { driverNames, planFeatures } from "@tidemark/proto";
import { expect, test } from "vitest";
import { capabilitiesPage, renderCapabilities } from "./capabilities.ts";

test("the committed page says what the table says", () => {
  expect(
    readFileSync(capabilitiesPage, "utf8"),
    "run node deploy/build/capabilities.ts and commit",
  ).toBe(renderCapabilities());
});

test("names every driver and every feature", () => {
  const page = renderCapabilities();
  for (const name of [...driverNames, ...planFeatures]) expect(page).toContain(name);
});
