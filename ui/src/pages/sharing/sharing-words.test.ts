import { sharingCatalogue, sharingLimits, type SharedQuestion } from "@tidemark/proto";
import { expect, test } from "vitest";
import { answered, newConsents, sharedOf } from "../../../test/mock/sharing.ts";
import { pageMax } from "./ledger-file.ts";
import { sharingInWords } from "../../format/sharing.ts";
import {
  cadenceOf,
  firstSendMs,
  periodWords,
  recordedWords,
  regretHours,
  sayable,
  standingOf,
} from "./sharing-words.ts";

const dayMs = 86_400_000;
const atMs = new Date(2026, 8, 16, 12).getTime();

function question(id: string, consent: Partial<SharedQuestion["consent"]> = {}): SharedQuestion {
  const asked = sharingCatalogue.questions.find((each) => each.id === id);
  const unasked = newConsents().get(id);
  if (asked === undefined || unasked === undefined) throw new Error(`no question ${id}`);
  return sharedOf(asked, { consent: { ...unasked, ...consent }, waiting: 0, sent: 0 });
}
const overview = (questions: SharedQuestion[], change = {}) => ({
  lock: null,
  receiver: "https://receiver.example",
  relayed: false,
  catalogue: { version: 1, sha256: "" },
  questions,
  nextSendMs: null,
  deletionsWaiting: 0,
  givenUp: 0,
  dropped: 0,
  ...change,
});

test("without a yes nothing is shared, and it is said in those words", () => {
  const asked = [question("fleet.size"), question("hardware.disk", answered("no", atMs, "ada"))];
  expect(sharingInWords(overview(asked))).toBe("Nothing is shared: no question has a yes.");
});

test("a yes counts, but not under a lock and not without a receiver", () => {
  const asked = [question("fleet.size", answered("yes", atMs, "ada")), question("network.size")];
  expect(sharingInWords(overview(asked))).toBe("1 of 2 questions has a yes.");
  expect(sharingInWords(overview(asked, { receiver: null }))).toMatch(/no receiver is configured/);
  expect(sharingInWords(overview(asked, { lock: "DO_NOT_TRACK" }))).toMatch(/^Locked/);
});

test.each([
  [{}, "Not answered. Nothing is sent."],
  [answered("yes", atMs, "ada"), "Yes, 16 Sep 2026 by ada, holds until 16 Sep 2027."],
  [answered("no", atMs, "ada"), "No, 16 Sep 2026 by ada. Nothing is sent."],
  [{ ...answered("yes", atMs, "ada"), state: "expired" as const }, /has ended/],
  [{ ...answered("yes", atMs, "ada"), state: "void" as const }, /void: the question asks more/],
])("an answer %j stands in words", (consent, words) => {
  expect(standingOf(question("fleet.size", consent))).toMatch(words);
});

test("nothing leaves before the period has ended and a day has passed", () => {
  const fleet = question("fleet.size");
  const startMs = 735 * 28 * dayMs;
  expect(firstSendMs(fleet, startMs)).toBe(startMs + 28 * dayMs);
  const lastHourMs = startMs + 28 * dayMs - 3_600_000;
  expect(firstSendMs(fleet, lastHourMs)).toBe(lastHourMs + dayMs);
  expect(regretHours).toBe(sharingLimits.regretHours);
});

test("how often, and out of how many", () => {
  expect(cadenceOf(question("fleet.size"))).toBe("every 28 days, one report");
  expect(cadenceOf(question("hardware.cpu"))).toBe("every 84 days, at most 8 reports");
  expect(cadenceOf(question("api.upgrade"))).toMatch(/^once for each upgrade, at most 30 reports/);
  expect(sayable(question("fleet.size"))).toBe(30);
});

test("a no is said to be as complete as a yes", () => {
  expect(recordedWords("no", [question("fleet.size")], atMs)).toMatch(/Nothing was sent/);
  expect(recordedWords("yes", [question("fleet.size")], atMs)).toMatch(/Nothing leaves before/);
  expect(recordedWords("no", [question("fleet.size"), question("network.size")], atMs)).toMatch(
    /^The no to 2 questions/,
  );
});

test("a period is told by its UTC days", () => {
  expect(periodWords(0, 28)).toBe("1 Jan 1970 to 28 Jan 1970");
});

test("the ledger's file asks for pages as long as the hub gives", () => {
  expect(pageMax).toBe(sharingLimits.ledgerPageMax);
});
