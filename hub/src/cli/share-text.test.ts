import { askedQuestion, type LedgerEntry, sharingCatalogue } from "@tidemark/proto";
import { expect, test } from "vitest";
import { answeredText, catalogueText, ledgerText, statusText } from "./share-text.ts";

const dayMs = 86_400_000;
const consent = {
  state: "unasked" as const,
  answeredAtMs: null,
  answeredBy: null,
  expiresAtMs: null,
  sha256: null,
  widened: [],
};
const [fleet, network, ...others] = sharingCatalogue.questions
  .map(askedQuestion)
  .map((question) => ({
    ...question,
    consent,
    waiting: 0,
    sent: 0,
  }));
if (fleet === undefined || network === undefined)
  throw new Error("the catalogue has two questions");
const overview = {
  lock: null,
  receiver: "https://receiver.example",
  relayed: false,
  catalogue: { version: 1, sha256: "0".repeat(64) },
  questions: [fleet, network, ...others],
  nextSendMs: null,
  deletionsWaiting: 0,
  givenUp: 0,
  dropped: 0,
};

test("the status of a yes says since when, by whom, until when, and what waits", () => {
  const yes = {
    ...consent,
    state: "yes" as const,
    answeredAtMs: 20_000 * dayMs,
    answeredBy: "ann",
    expiresAtMs: 20_365 * dayMs,
  };
  const text = statusText({
    ...overview,
    relayed: true,
    questions: [{ ...fleet, consent: yes, waiting: 1, sent: 3 }, network],
    nextSendMs: 20_030 * dayMs,
    deletionsWaiting: 2,
    givenUp: 4,
    dropped: 5,
  });
  expect(text).toContain("1 of 2 questions have a yes.");
  expect(text).toContain("Reports go to the relay https://receiver.example.");
  expect(text).toMatch(
    /fleet\.size +yes +2024-10-04 +ann +2025-10-04 +every 28 days +4\.9 +1 +3\n/,
  );
  expect(text).toContain("Next may leave at 2024-11-03 00:00 UTC, and not before.");
  expect(text).toContain("Deletion requests to be sent: 2.");
  expect(text).toContain("did not take them: 4.");
  expect(text).toContain("for want of room: 5.");
});

test("what is asked anew says why; what did not happen is not mentioned", () => {
  const text = statusText({
    ...overview,
    questions: [
      { ...fleet, consent: { ...consent, state: "expired" } },
      {
        ...network,
        consent: { ...consent, state: "void", widened: ["a new field, VLANs", "every 28 days"] },
      },
    ],
  });
  expect(text).toContain("fleet.size is asked anew: the yes is twelve months old.");
  expect(text).toContain(
    "network.size is asked anew, it has grown: a new field, VLANs; every 28 days.",
  );
  expect(text).toMatch(/Nothing waits to be sent\.$/);
});

test("an answer says what follows from it", () => {
  expect(answeredText("yes", ["fleet.size"], overview)).toMatch(/Nothing leaves within a day/);
  expect(answeredText("yes", ["fleet.size"], { ...overview, receiver: null })).toMatch(
    /No receiver is set: reports wait for `tidemark share export`/,
  );
  expect(answeredText("no", ["fleet.size"], overview)).toMatch(/nothing is sent\.$/);
});

test("the catalogue's lines fit a page, and no label is lost between two", () => {
  const text = catalogueText(sharingCatalogue, "0".repeat(64));
  const listed = text.split("\n").filter((line) => line.startsWith("    "));
  expect(Math.max(...listed.map((line) => line.length))).toBeLessThanOrEqual(100);
  const labels = overview.questions.flatMap(({ fields }) =>
    fields.flatMap((field) => field.labels),
  );
  const words = listed.flatMap((line) => line.trim().replace(/,$/, "").split(", "));
  expect(words).toEqual(labels);
});

test("an entry without a report has nothing but its line", () => {
  const entry: LedgerEntry = {
    number: 1,
    atMs: 0,
    event: "withdrawn",
    question: null,
    period: null,
    text: "",
    sha256: "",
    status: null,
    receipt: "",
    said: "by\u001b ann",
  };
  expect(ledgerText([entry], true)).toBe(
    "1  1970-01-01 00:00 UTC  withdrawn  –  –  –  by\u{fffd} ann",
  );
});
