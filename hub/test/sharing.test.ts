// The sharing through its interface: what is shown is what is frozen is what is sent, and nothing else ever is.
import { readReport, reportBodyBytes, sharingCatalogue, sharingLimits } from "@tidemark/proto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { SharingConflict, SharingLocked } from "../src/sharing/errors.ts";
import { open, textSha256 } from "../src/sharing/envelope.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";
import {
  type Clock,
  type Parts,
  changingAnswers,
  clear,
  dayMs,
  endMs,
  ledgerOf,
  no,
  nowhere,
  period28,
  sendAll,
  startMs,
  startParts,
  yes,
} from "./sharing-parts.ts";
import { type ReportReceiver, isWhole, startReportReceiver } from "./sharing-receiver.ts";
import { countSockets } from "./socket-counter.ts";
import { type OpenedEngine, openEngine } from "./store-engines.ts";

let broker: PlainBroker;
let engine: OpenedEngine;
let receiver: ReportReceiver;
let clock: Clock;
const running = new Set<Parts>();

beforeAll(async () => {
  broker = await startPlainBroker();
  engine = await openEngine("embedded");
});
afterAll(async () => {
  await engine.stop();
  await broker.stop();
});
beforeEach(async () => {
  clock = { nowMs: startMs + 3 * dayMs };
  receiver = await startReportReceiver();
});
afterEach(async () => {
  for (const parts of running) await parts.stop();
  running.clear();
  await receiver.stop();
  await clear(broker.connection, engine.database);
});

async function start(deps: Partial<Parameters<typeof startParts>[2]> = {}): Promise<Parts> {
  const settings = { ...nowhere, receiver: receiver.url, receiverKey: receiver.publicKey };
  const { connection } = broker;
  const parts = await startParts(connection, engine.database, { clock, settings, ...deps });
  running.add(parts);
  return parts;
}

test("what the preview shows is what the ledger keeps is what the receiver gets", async () => {
  const answer = changingAnswers({ "fleet.size": 1, "network.size": 1, "api.latency": 6 });
  const { sharing } = await start({ answer });
  await sharing.answer(yes("fleet.size", "network.size", "api.latency"), "ada");
  clock.nowMs = endMs + 60_000;
  await sharing.tick();
  const preview = await sharing.preview();
  const waiting = preview.reports.filter(({ state }) => state === "waiting");
  expect(waiting).toHaveLength(8);
  expect(preview.bodyBytes).toBe(reportBodyBytes);
  expect(receiver.connections()).toBe(0);

  await sendAll(sharing, clock);
  const texts = waiting.map(({ text }) => text).toSorted();
  expect(receiver.received.map(({ text }) => text).toSorted()).toEqual(texts);
  const ledger = await ledgerOf(sharing);
  for (const event of ["frozen", "sent"])
    expect(
      ledger
        .filter((entry) => entry.event === event)
        .map(({ text }) => text)
        .toSorted(),
    ).toEqual(texts);
  for (const report of waiting) {
    const [body] = receiver.received.filter(({ text }) => text === report.text);
    const entry = ledger.find(({ text, event }) => text === report.text && event === "sent");
    expect(textSha256(report.text)).toBe(report.sha256);
    expect(entry).toMatchObject({ sha256: report.sha256, status: 200, period: period28 });
    expect(entry?.receipt.startsWith(`${report.sha256}.`)).toBe(true);
    expect(await open(body?.body ?? Buffer.alloc(0))).toMatchObject({ text: report.text });
    expect(readReport(report.text)).toMatchObject({ question: report.question });
  }
  expect(receiver.received.every(isWhole)).toBe(true);
  expect(new Set(receiver.received.map(({ publicKey }) => publicKey)).size).toBe(8);
  expect((await sharing.overview()).questions.find(({ id }) => id === "api.latency")).toMatchObject(
    { sent: 6, waiting: 0, consent: { state: "yes", answeredBy: "ada" } },
  );
});

test("every request has the same headers, on a connection of its own", async () => {
  const { sharing } = await start({ answer: changingAnswers({ "api.latency": 4 }) });
  await sharing.answer(yes("api.latency"), "ada");
  clock.nowMs = endMs + 60_000;
  await sendAll(sharing, clock);
  await sharing.withdraw({ delete: true }, "ada");
  await sendAll(sharing, clock);
  const { host } = new URL(receiver.url);
  expect(receiver.received).toHaveLength(8);
  for (const { rawHeaders, method } of receiver.received) {
    expect(method).toBe("POST");
    expect(rawHeaders).toEqual([
      "Host",
      host,
      "Content-Type",
      "application/octet-stream",
      "Content-Length",
      "1024",
      "User-Agent",
      "tidemark-sharing",
      "Connection",
      "close",
    ]);
  }
  expect(receiver.connections()).toBe(8);
});

test("a no, no answer, a lock and no receiver open no socket", async () => {
  using sockets = countSockets();
  const unasked = await start();
  await unasked.sharing.preview();
  await unasked.sharing.answer(no("fleet.size"), "ada");
  clock.nowMs = endMs + 60_000;
  await sendAll(unasked.sharing, clock);
  await unasked.sharing.export("ada");

  const locked = await start({
    settings: { ...nowhere, receiver: receiver.url, lock: "DO_NOT_TRACK" },
  });
  await expect(locked.sharing.answer(yes("fleet.size"), "ada")).rejects.toThrow(SharingLocked);
  await expect(locked.sharing.export("ada")).rejects.toThrow(SharingLocked);
  await locked.sharing.answer(no("network.size"), "ada");
  await locked.sharing.tick();
  await locked.sharing.withdraw({ delete: true }, "ada");
  await locked.sharing.tick();

  const alone = await start({ settings: nowhere });
  await alone.sharing.answer(yes("fleet.size"), "ada");
  clock.nowMs += 28 * dayMs;
  await sendAll(alone.sharing, clock);
  expect((await alone.sharing.overview()).receiver).toBeNull();
  expect((await alone.sharing.export("ada")).bodies).toHaveLength(1);
  expect(sockets.opened).toEqual([]);
  expect(receiver.connections()).toBe(0);
});

test("a lock that comes after the yes holds what waits", async () => {
  const before = await start();
  await before.sharing.answer(yes("fleet.size"), "ada");
  clock.nowMs = endMs + 60_000;
  await before.sharing.tick();
  await before.stop();
  running.delete(before);
  using sockets = countSockets();
  const settings = { ...nowhere, receiver: receiver.url, lock: "configuration" } as const;
  const { sharing } = await start({ settings });
  clock.nowMs = endMs + 27 * dayMs;
  await sendAll(sharing, clock);
  expect((await sharing.overview()).questions[0]).toMatchObject({ waiting: 1 });
  clock.nowMs = endMs + 29 * dayMs;
  await sharing.tick();
  expect((await ledgerOf(sharing)).at(-1)).toMatchObject({
    event: "given-up",
    said: "its period is over",
  });
  expect(sockets.opened).toEqual([]);
});

test("an expired yes and a widened question send nothing, what waited is dropped", async () => {
  const { sharing } = await start({
    answer: changingAnswers({ "fleet.size": 1, "network.size": 1 }),
  });
  await sharing.answer(yes("fleet.size", "network.size"), "ada");
  clock.nowMs = endMs + 60_000;
  await sharing.tick();
  const [fleet, ...others] = sharingCatalogue.questions;
  if (fleet === undefined) throw new Error("there are questions");
  const field = { ...fleet.fields[0], name: "more" } as (typeof fleet.fields)[number];
  const wider = {
    version: 2,
    questions: [{ ...fleet, fields: [...fleet.fields, field] }, ...others],
  };
  using sockets = countSockets();
  const widened = await start({ catalogue: wider });
  const overview = await widened.sharing.overview();
  expect(overview.questions[0]?.consent).toMatchObject({
    state: "void",
    widened: ["a new field, Hosts with an agent"],
  });
  await widened.sharing.tick();
  expect((await ledgerOf(widened.sharing)).at(-1)).toMatchObject({
    event: "dropped",
    question: "fleet.size",
    said: "its yes no longer holds",
  });
  clock.nowMs = startMs + 3 * dayMs + sharingLimits.consentDaysMax * dayMs;
  await widened.sharing.tick();
  expect((await widened.sharing.overview()).questions[1]?.consent.state).toBe("expired");
  expect(sockets.opened).toEqual([]);
  expect((await sharing.overview()).questions.map(({ waiting }) => waiting)).not.toContain(1);
});

test("nothing from before the yes is used, nor a period that was over", async () => {
  const asked: unknown[] = [];
  const known = changingAnswers({ "fleet.size": 1 });
  const { sharing } = await start({
    answer(question, window) {
      asked.push(window);
      return known(question, window);
    },
  });
  await sharing.tick();
  await sharing.answer(yes("fleet.size"), "ada");
  const sinceMs = clock.nowMs;
  // The period before the yes has closed, and its reports would still be taken: nobody agreed to them.
  await sharing.tick();
  expect(asked).toEqual([]);
  clock.nowMs = endMs;
  await sharing.tick();
  expect(asked).toEqual([{ sinceMs, untilMs: endMs }]);
  // A yes that is renewed goes on.
  await sharing.answer(yes("fleet.size"), "ada");
  clock.nowMs = endMs + 28 * dayMs;
  await sharing.tick();
  expect(asked.at(-1)).toEqual({ sinceMs: endMs, untilMs: endMs + 28 * dayMs });
});

test("a hub that was off tells of the last closed period alone", async () => {
  const { sharing } = await start();
  await sharing.answer(yes("fleet.size"), "ada");
  clock.nowMs = endMs + 3 * 28 * dayMs;
  await sendAll(sharing, clock);
  expect(receiver.received.map(({ text }) => text)).toEqual([
    expect.stringContaining(`"period":${period28 + 3},`),
  ]);
});

test("what was due while the hub was off does not leave all at once", async () => {
  const { sharing } = await start({ answer: changingAnswers({ "api.latency": 20 }) });
  await sharing.answer(yes("api.latency"), "ada");
  clock.nowMs = endMs;
  await sharing.tick();
  clock.nowMs = endMs + 20 * dayMs;
  await sharing.tick();
  const { nextSendMs } = await sharing.overview();
  expect(receiver.received.length).toBeLessThanOrEqual(1);
  expect(nextSendMs).toBeGreaterThanOrEqual(clock.nowMs);
  await sendAll(sharing, clock);
  expect(receiver.received).toHaveLength(20);
});

test("nothing leaves within the regret window", async () => {
  clock.nowMs = endMs - 3_600_000;
  const { sharing } = await start({ random: () => 0 });
  await sharing.answer(yes("fleet.size"), "ada");
  clock.nowMs = endMs;
  await sharing.tick();
  expect((await sharing.overview()).nextSendMs).toBe(endMs + 23 * 3_600_000);
  clock.nowMs = endMs + 23 * 3_600_000 - 1;
  await sharing.tick();
  expect(receiver.connections()).toBe(0);
  clock.nowMs += 1;
  await sharing.tick();
  expect(receiver.received).toHaveLength(1);
});

test("after a withdrawal only deletions leave, and each deletes its report", async () => {
  const { sharing } = await start({
    answer: changingAnswers({ "fleet.size": 1, "api.latency": 5 }),
  });
  await sharing.answer(yes("fleet.size", "api.latency"), "ada");
  clock.nowMs = endMs + 60_000;
  await sharing.tick();
  while (receiver.received.length < 3) {
    clock.nowMs = (await sharing.overview()).nextSendMs ?? 0;
    await sharing.tick();
  }
  const sent = receiver.received.length;
  expect(await sharing.withdraw({ delete: true }, "eve")).toEqual({
    dropped: 6 - sent,
    deletions: sent,
  });
  await sendAll(sharing, clock);
  clock.nowMs += 28 * dayMs;
  await sendAll(sharing, clock);
  const after = receiver.received.slice(sent);
  expect(after.map(({ path, status }) => [path, status])).toEqual(
    Array.from({ length: sent }, () => ["/v1/delete", 200]),
  );
  const reports = receiver.received.slice(0, sent);
  expect(new Set(after.map(({ publicKey }) => publicKey))).toEqual(
    new Set(reports.map(({ publicKey }) => publicKey)),
  );
  const ledger = await ledgerOf(sharing);
  expect(ledger.map(({ number }) => number)).toEqual(ledger.map((_, at) => at + 1));
  expect(ledger.filter(({ event }) => event === "deletion-sent")).toHaveLength(sent);
  expect(ledger.filter(({ event }) => event === "withdrawn")).toMatchObject([{ question: null }]);
  const { questions, deletionsWaiting } = await sharing.overview();
  expect(deletionsWaiting).toBe(0);
  expect(questions.filter(({ consent }) => consent.state === "yes")).toEqual([]);
});

test("a withdrawal ends the try that is under way", async () => {
  const { sharing } = await start();
  await sharing.answer(yes("fleet.size"), "ada");
  clock.nowMs = endMs;
  await sharing.tick();
  clock.nowMs = (await sharing.overview()).nextSendMs ?? 0;
  const reached = Promise.withResolvers<void>();
  receiver.instead = (_nth, path) => (path === "/v1/report" ? () => reached.resolve() : undefined);
  const round = sharing.tick();
  await reached.promise;
  // It may have arrived, so it is asked back.
  expect(await sharing.withdraw({ delete: true }, "ada")).toEqual({ dropped: 1, deletions: 1 });
  await round;
  await sendAll(sharing, clock);
  expect(receiver.received.map(({ path, status }) => [path, status]).at(-1)).toEqual([
    "/v1/delete",
    200,
  ]);
});

test.each([
  ["an answer that is no receipt", (body: string) => `${body.slice(0, 8)}x`],
  [
    "a receipt of somebody else",
    () => JSON.stringify({ receipt: `${"0".repeat(64)}.${"A".repeat(86)}` }),
  ],
  ["more than is read", () => " ".repeat(5_000)],
])("%s is a failed try, and is tried again", async (_name, made) => {
  const { sharing } = await start();
  await sharing.answer(yes("fleet.size"), "ada");
  receiver.instead = (nth) =>
    nth > 1 ? undefined : (response) => void response.writeHead(200).end(made("{}"));
  clock.nowMs = endMs;
  await sendAll(sharing, clock);
  expect((await ledgerOf(sharing)).map(({ event }) => event)).toEqual([
    "answered",
    "frozen",
    "failed",
    "sent",
  ]);
  const [first, second] = receiver.received;
  expect(first?.body.equals(second?.body ?? Buffer.alloc(0))).toBe(true);
});

test.each([
  [503, "{}", 5],
  [429, '{"refused":"rate"}', 5],
  [408, "", 5],
  [302, "{}", 5],
  // A portal's or a proxy's: the receiver has not spoken.
  [403, "<h1>Sign in</h1>", 5],
  [400, '{"refused":"period"}', 1],
  [409, '{"refused":"conflict"}', 1],
])("after %i with %j it is tried %i times in all, then given up", async (status, said, tries) => {
  const { sharing } = await start({ random: () => 0.01 });
  await sharing.answer(yes("fleet.size"), "ada");
  receiver.instead = () => (response) =>
    void response.writeHead(status, { location: `${receiver.url}/elsewhere` }).end(said);
  clock.nowMs = endMs;
  await sendAll(sharing, clock);
  expect(receiver.received).toHaveLength(tries);
  expect(new Set(receiver.received.map(({ path }) => path))).toEqual(new Set(["/v1/report"]));
  const ledger = await ledgerOf(sharing);
  expect(ledger.filter(({ event }) => event === "failed")).toHaveLength(tries);
  expect(ledger.at(-1)).toMatchObject({ event: "given-up" });
  expect(await sharing.overview()).toMatchObject({ givenUp: 1 });
});

test("an upgrade is told once, however often it is compared", async () => {
  const { sharing } = await start({
    answer: async () => ({
      answers: [
        { operation: "machines.list", from: "3.5", to: "3.6", change: "+5", verdict: "regression" },
      ],
      silent: "",
    }),
  });
  await sharing.answer(yes("api.upgrade"), "ada");
  clock.nowMs = endMs;
  await sendAll(sharing, clock);
  clock.nowMs = endMs + 28 * dayMs;
  await sendAll(sharing, clock);
  clock.nowMs = endMs + 9 * 28 * dayMs;
  await sendAll(sharing, clock);
  expect(receiver.received).toHaveLength(1);
  expect((await sharing.preview("api.upgrade")).silent).toEqual([
    { question: "api.upgrade", reason: "all of it was told before" },
  ]);
});

test("an export holds the very bodies, counts as sent, and can be made again", async () => {
  const answer = changingAnswers({ "fleet.size": 1, "api.latency": 3 });
  const { sharing } = await start({ answer, settings: nowhere });
  await sharing.answer(yes("fleet.size", "api.latency"), "ada");
  clock.nowMs = endMs;
  await sharing.tick();
  const { reports } = await sharing.preview();
  const waiting = reports.filter(({ state }) => state === "waiting");
  const { bodies } = await sharing.export("ada");
  const opened = await Promise.all(bodies.map((body) => open(Buffer.from(body, "base64"))));
  const texts = opened.map((one) => (typeof one === "string" ? one : one.text));
  expect(texts.toSorted()).toEqual(waiting.map(({ text }) => text).toSorted());
  expect(await sharing.export("ada")).toEqual({ bodies });
  const { questions } = await sharing.overview();
  expect(questions.map(({ sent }) => sent).reduce((sum, each) => sum + each)).toBe(4);
  expect(questions.map(({ waiting: left }) => left)).not.toContain(1);
});

test("a broker that is put back to an earlier state costs the ledger no entry", async () => {
  const { sharing, state } = await start();
  await sharing.answer(yes("fleet.size"), "ada");
  const head = await state.bucket.get("ledger");
  clock.nowMs = endMs;
  await sendAll(sharing, clock);
  const before = await ledgerOf(sharing);
  expect(before.map(({ event }) => event)).toEqual(["answered", "frozen", "sent"]);
  const [text = ""] = receiver.received.map((each) => each.text);

  const now = await state.bucket.get("ledger");
  await state.bucket.put("ledger", head?.value ?? new Uint8Array(), now?.revision ?? 0);
  await state.batches.remove(`fleet.size.${period28}`);
  clock.nowMs = endMs;
  await sharing.tick();
  // The same period is frozen anew, from other data: the ledger has that text too.
  const after = await ledgerOf(sharing);
  expect(after.slice(0, 3)).toEqual(before);
  expect(after.slice(3)).toMatchObject([{ number: 4, event: "frozen" }]);
  expect(after[3]?.text).not.toBe(text);
});

test("answers to another catalogue, or to no question of it, change nothing", async () => {
  const { sharing } = await start();
  const other = { ...yes("fleet.size"), sha256: "0".repeat(64) };
  await expect(sharing.answer(other, "ada")).rejects.toThrow(SharingConflict);
  await expect(sharing.answer(yes("fleet.size", "secrets"), "ada")).rejects.toThrow(
    SharingConflict,
  );
  const { questions } = await sharing.overview();
  expect(new Set(questions.map(({ consent }) => consent.state))).toEqual(new Set(["unasked"]));
  expect(await ledgerOf(sharing)).toEqual([]);
});

test("a wrong answer of the hub's own is not kept, and its text is in no log", async () => {
  const lines: string[] = [];
  const { pino } = await import("pino");
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  const secret = "rack-7.acme.example";
  const { sharing } = await start({
    log,
    answer: async () => ({ answers: [{ hosts: secret, release: "1.0" }], silent: "" }),
  });
  await sharing.answer(yes("fleet.size"), "ada");
  clock.nowMs = endMs;
  await sendAll(sharing, clock);
  expect(receiver.connections()).toBe(0);
  expect(lines.join("\n")).toContain("does not fit the catalogue");
  expect(lines.join("\n")).not.toContain(secret);
  expect((await ledgerOf(sharing)).map(({ event }) => event)).toEqual(["answered"]);
});

test("only the hub that leads freezes and sends", async () => {
  const { sharing } = await start({ leader: { isLeader: () => false } });
  await sharing.answer(yes("fleet.size"), "ada");
  clock.nowMs = endMs;
  await sendAll(sharing, clock);
  expect((await ledgerOf(sharing)).map(({ event }) => event)).toEqual(["answered"]);
  expect(receiver.connections()).toBe(0);
});

test("two hubs: what one is told the other heeds, and one alone sends", async () => {
  const leads = { first: true };
  const answer = changingAnswers({ "api.latency": 6 });
  const first = await start({ answer, leader: { isLeader: () => leads.first } });
  const second = await start({ answer, leader: { isLeader: () => !leads.first } });
  await second.sharing.answer(yes("api.latency"), "ada");
  clock.nowMs = endMs;
  await Promise.all([first.sharing.tick(), second.sharing.tick()]);
  // The leader changes in the middle, and the one before does not know it yet.
  while (receiver.received.length < 3) {
    clock.nowMs = (await second.sharing.overview()).nextSendMs ?? clock.nowMs;
    leads.first = receiver.received.length === 0;
    await Promise.all([first.sharing.tick(), second.sharing.tick()]);
  }
  const sent = receiver.received.length;
  expect(await first.sharing.withdraw({ delete: true }, "ada")).toEqual({
    dropped: 6 - sent,
    deletions: sent,
  });
  await sendAll(second.sharing, clock);
  expect(receiver.received.slice(sent).map(({ path, status }) => [path, status])).toEqual(
    Array.from({ length: sent }, () => ["/v1/delete", 200]),
  );
  const ledger = await ledgerOf(first.sharing);
  expect(ledger.map(({ number }) => number)).toEqual(ledger.map((_, at) => at + 1));
  expect(ledger.filter(({ event }) => event === "frozen")).toHaveLength(6);
});
