import { readFileSync } from "node:fs";
import { labelsOf, sharingCatalogue } from "@tidemark/proto";
import { expect, test } from "vitest";
import { sharingPage, withQuestions } from "./sharing-questions.ts";

const page = readFileSync(sharingPage, "utf8");

test("the committed policy says what the catalogue says", () => {
  expect(page, "run node deploy/build/sharing-questions.ts and commit").toBe(withQuestions(page));
});

test.each(sharingCatalogue.questions)("$review is a heading of the policy", ({ review }) => {
  const anchors = Array.from(page.matchAll(/^#+ (.+)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  expect(review.split("#")[0]).toBe("sharing.md");
  expect(anchors.filter((anchor) => anchor === review.split("#")[1])).toHaveLength(1);
});

test("every label that can leave stands in the policy", () => {
  for (const { fields } of sharingCatalogue.questions)
    for (const { treatment } of fields)
      for (const label of labelsOf(treatment))
        expect(page).toContain(label.replaceAll("<", "&lt;"));
});
