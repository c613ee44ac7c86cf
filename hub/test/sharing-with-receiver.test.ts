// The hub's own sharing against the maintainers' own receiver, over the network, by one clock that the test sets: the texts that were shown
// are the ones that are stored, each receipt is the receiver's, and a withdrawal deletes exactly what was sent.
import { createPublicKey, randomBytes, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { deletionText, periodAt, periodSpan, reportBodyBytes } from "@tidemark/proto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Front, startFront } from "../../deploy/test/clickhouse-front-process.ts";
import { type RunningReceiver, startReceiver } from "../src/receive/compose.ts";
import { receiveConfig } from "../src/receive/config.ts";
import { openIdentity } from "../src/receive/identity.ts";
import { importBundle } from "../src/receive/import.ts";
import { open, textSha256 } from "../src/sharing/envelope.ts";
import { type Database, openDatabase } from "../src/store/database.ts";
import { signed } from "./certificate.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";
import { posted, sealed as sealedText, sealedReport } from "./receive-client.ts";
import {
  type Clock,
  type Parts,
  changingAnswers,
  clear,
  dayMs,
  ledgerOf,
  nowhere,
  sendAll,
  startParts,
  yes,
} from "./sharing-parts.ts";
import { type OpenedEngine, openEngine, silent } from "./store-engines.ts";

/** The period that is open today: ClickHouse deletes by its own clock what is 35 days old. */
const { startMs, endMs } = periodSpan(28, periodAt(28, Date.now()));
const counts = { "fleet.size": 1, "network.size": 1, "api.latency": 5 };

let broker: PlainBroker;
let engine: OpenedEngine;
let front: Front;
/** Of the receiver. */
let stored: Database;
let databaseName: string;
let folder: string;
let clock: Clock;
let receiver: RunningReceiver;
let receiverKey: string;
const started = new Set<{ stop(): Promise<void> }>();
const trusted = tls.getCACertificates("default");

beforeAll(async () => {
  broker = await startPlainBroker();
  engine = await openEngine("embedded");
  front = await startFront();
});
afterAll(async () => {
  await front.stop();
  await engine.stop();
  await broker.stop();
});
beforeEach(() => {
  databaseName = `receiver_${randomBytes(4).toString("hex")}`;
  folder = mkdtempSync(join(tmpdir(), "tidemark-receive-"));
  clock = { nowMs: startMs + 3 * dayMs };
});
afterEach(async () => {
  for (const part of [...started].toReversed()) await part.stop();
  started.clear();
  tls.setDefaultCACertificates(trusted);
  await clear(broker.connection, engine.database);
  rmSync(folder, { recursive: true, force: true });
});

async function startReal(settings: Record<string, string> = {}): Promise<void> {
  const { url, user, password } = front.options;
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password);
  const config = receiveConfig(
    {
      "data-dir": folder,
      port: "0",
      "clickhouse-url": url,
      "clickhouse-user": user,
      "clickhouse-password-file": passwordFile,
      "clickhouse-database": databaseName,
      ...settings,
    },
    {},
  );
  receiver = await startReceiver(config, silent, () => clock.nowMs);
  started.add(receiver);
  stored = await openDatabase({ url, user, password, database: databaseName }, silent);
  started.add({ stop: () => stored.close() });
  receiverKey = (await openIdentity(folder)).publicKey;
}

async function startSharing(settings: Partial<typeof nowhere> = {}): Promise<Parts> {
  const parts = await startParts(broker.connection, engine.database, {
    clock,
    answer: changingAnswers(counts),
    // The last report, and its deletion within a day after, fall into the time in which the receiver takes their period.
    random: () => Math.random() * 0.9,
    settings: { ...nowhere, receiver: receiver.url, receiverKey, ...settings },
  });
  started.add(parts);
  return parts;
}

interface Relay {
  readonly url: string;
  /** Everything that came in on each connection. */
  readonly heard: () => readonly Buffer[];
}

/** Carries bytes to the receiver and back, and remembers those that went. */
async function startRelay(): Promise<Relay> {
  const heard: Buffer[][] = [];
  const sockets = new Set<Socket>();
  const { hostname, port } = new URL(receiver.url);
  const server = createServer((from) => {
    const chunks: Buffer[] = [];
    heard.push(chunks);
    const to = connect(Number(port), hostname);
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    from.on("data", (chunk: Buffer) => chunks.push(chunk));
    from.pipe(to).pipe(from);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  started.add({
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => heard.map((chunks) => Buffer.concat(chunks)),
  };
}

/** What stands in the receiver's table, by hash. */
const rows = () =>
  stored.query<{ question: string; period: number; text_sha256: string; public_key: string }>(
    `SELECT question, period, toString(text_sha256) AS text_sha256, toString(public_key) AS public_key
    FROM shared_reports
    ORDER BY text_sha256, public_key
    LIMIT 1000`,
  );
const hashes = async () => (await rows()).map(({ text_sha256 }) => text_sha256);

function isReceipt(receipt: string, kind: string, text: string): boolean {
  const [sha256 = "", signature = ""] = receipt.split(".");
  const key = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: receiverKey },
    format: "jwk",
  });
  const statement = Buffer.from(`tidemark receipt ${kind} ${sha256}`);
  return (
    sha256 === textSha256(text) && verify(null, statement, key, Buffer.from(signature, "base64url"))
  );
}

/** Says yes, lets the period end, and freezes; the texts that wait. */
async function frozen({ sharing }: Parts): Promise<readonly string[]> {
  await sharing.answer(yes(...Object.keys(counts)), "ada");
  clock.nowMs = endMs;
  await sharing.tick();
  const { reports } = await sharing.preview();
  return reports.filter(({ state }) => state === "waiting").map(({ text }) => text);
}

test("what was shown is what the receiver has, and a withdrawal deletes that alone", async () => {
  await startReal();
  const relay = await startRelay();
  const parts = await startSharing({ relay: relay.url });
  const { sharing } = parts;
  const shown = await frozen(parts);
  expect(shown).toHaveLength(7);
  expect(relay.heard()).toEqual([]);
  await sendAll(sharing, clock);

  const shownHashes = shown.map(textSha256).toSorted();
  expect(await hashes()).toEqual(shownHashes);
  const bodies = relay.heard().map((bytes) => bytes.subarray(-reportBodyBytes));
  const sealed = await Promise.all(
    bodies.map(async (body) => {
      const opened = await open(body);
      if (typeof opened === "string") throw new Error(opened);
      return opened;
    }),
  );
  expect(sealed.map(({ text }) => text).toSorted()).toEqual(shown.toSorted());
  const sent = (await ledgerOf(sharing)).filter(({ event }) => event === "sent");
  expect(sent.map(({ text }) => text).toSorted()).toEqual(shown.toSorted());
  expect(sent.filter(({ receipt, text }) => !isReceipt(receipt, "report", text))).toEqual([]);
  expect(new Set(sealed.map(({ publicKey }) => publicKey)).size).toBe(7);

  // The same bytes again: the same receipt, and no second row.
  for (const body of bodies) {
    const again = await posted(receiver.url, "/v1/report", body);
    expect(again.status).toBe(200);
    const { receipt } = JSON.parse(again.text);
    expect(sent.map((entry) => entry.receipt)).toContain(receipt);
  }
  expect(await hashes()).toEqual(shownHashes);

  // Somebody else's reports, one of them with the very text of ours.
  const [twin = ""] = shown;
  const others = [sealedText(twin), sealedReport({ period: periodAt(28, startMs) })];
  for (const { body } of others)
    expect((await posted(receiver.url, "/v1/report", body)).status).toBe(200);
  expect(await hashes()).toHaveLength(9);

  expect(await sharing.withdraw({ delete: true }, "ada")).toEqual({ dropped: 0, deletions: 7 });
  await sendAll(sharing, clock);
  expect(new Set((await rows()).map(({ public_key }) => public_key))).toEqual(
    new Set(others.map(({ key }) => key.publicKey)),
  );
  const deleted = (await ledgerOf(sharing)).filter(({ event }) => event === "deletion-sent");
  expect(deleted.map(({ text }) => text).toSorted()).toEqual(
    shown.map((text) => deletionText({ delete: textSha256(text) })).toSorted(),
  );
  expect(deleted.filter(({ receipt, text }) => !isReceipt(receipt, "delete", text))).toEqual([]);
  expect(relay.heard()).toHaveLength(14);

  // What was deleted does not come back, and the deletion may.
  for (const body of bodies)
    expect(await posted(receiver.url, "/v1/report", body)).toEqual({
      status: 409,
      text: JSON.stringify({ refused: "conflict" }),
    });
  for (const bytes of relay.heard().slice(7))
    expect(
      (await posted(receiver.url, "/v1/delete", bytes.subarray(-reportBodyBytes))).status,
    ).toBe(200);
  expect(await hashes()).toHaveLength(2);
  // The last that the withdrawn hub does: nothing.
  clock.nowMs += 30 * dayMs;
  await sendAll(sharing, clock);
  expect(relay.heard()).toHaveLength(14);
});

test("a receiver that stops and comes back has everything once", async () => {
  await startReal();
  const relay = await startRelay();
  const parts = await startSharing({ relay: relay.url });
  const shown = await frozen(parts);
  const { sharing } = parts;
  // Away for the first report that is due: it is tried again.
  started.delete(receiver);
  await receiver.stop();
  clock.nowMs = (await sharing.overview()).nextSendMs ?? 0;
  await sharing.tick();
  expect((await ledgerOf(sharing)).at(-1)).toMatchObject({ event: "failed", status: null });
  await startReal({ port: new URL(receiver.url).port });
  await sendAll(sharing, clock);
  expect(await hashes()).toEqual(shown.map(textSha256).toSorted());
});

test("a report can be deleted as long as the receiver has it, its period over or not", async () => {
  await startReal();
  const parts = await startSharing();
  const { sharing } = parts;
  await frozen(parts);
  await sendAll(sharing, clock);
  expect(await hashes()).toHaveLength(7);
  // Its period and the next one are over; a receiver that starts now remembers what it still needs.
  const lastMs = Math.max(...(await ledgerOf(sharing)).map(({ atMs }) => atMs));
  clock.nowMs = Math.max(endMs + 29 * dayMs, lastMs + dayMs);
  const { port } = new URL(receiver.url);
  started.delete(receiver);
  await receiver.stop();
  await startReal({ port });
  const { deletions } = await sharing.withdraw({ delete: true }, "ada");
  expect(deletions).toBeGreaterThan(0);
  await sendAll(sharing, clock);
  const events = (await ledgerOf(sharing)).map(({ event }) => event);
  expect(events.filter((event) => event === "deletion-sent")).toHaveLength(deletions);
  expect(await hashes()).toHaveLength(7 - deletions);
});

test("over TLS, by a certificate of an authority of one's own", async () => {
  const { authority, one } = signed(folder);
  await startReal({
    "tls-certificate-file": one.certFile,
    "tls-key-file": one.keyFile,
  });
  const { port } = new URL(receiver.url);
  const parts = await startSharing({ receiver: `https://localhost:${port}` });
  const { sharing } = parts;
  const shown = await frozen(parts);
  // A stranger's certificate is a failed try.
  clock.nowMs = (await sharing.overview()).nextSendMs ?? 0;
  await sharing.tick();
  expect((await ledgerOf(sharing)).at(-1)).toMatchObject({
    event: "failed",
    said: expect.stringMatching(/^not reached: [A-Z_]+$/),
  });
  expect(await hashes()).toEqual([]);
  tls.setDefaultCACertificates([...trusted, authority.cert]);
  await sendAll(sharing, clock);
  expect(await hashes()).toEqual(shown.map(textSha256).toSorted());
  await sharing.withdraw({ delete: true }, "ada");
  await sendAll(sharing, clock);
  expect(await hashes()).toEqual([]);
});

test("reports carried by hand are the same, and are deleted over the network", async () => {
  await startReal();
  const parts = await startSharing();
  const { sharing } = parts;
  const shown = await frozen(parts);
  const bundle = await sharing.export("ada");
  const file = join(folder, "bundle.json");
  writeFileSync(file, JSON.stringify(bundle));
  clock.nowMs += 20 * dayMs;
  for (let nth = 0; nth < 2; nth += 1)
    expect(await importBundle(file, folder)).toEqual({
      accepted: 7,
      refused: {},
      unavailable: 0,
    });
  expect(await hashes()).toEqual(shown.map(textSha256).toSorted());
  expect((await sharing.overview()).nextSendMs).toBeNull();
  // The file was handed in later than 35 days after it was written: the receiver has its reports all the same.
  clock.nowMs += 20 * dayMs;
  expect((await sharing.withdraw({ delete: true }, "ada")).deletions).toBe(7);
  await sendAll(sharing, clock);
  expect(await hashes()).toEqual([]);
  expect(await importBundle(file, folder)).toEqual({
    accepted: 0,
    // The period is over by now, and a deleted report would be refused within it as well.
    refused: { period: 7 },
    unavailable: 0,
  });
});
