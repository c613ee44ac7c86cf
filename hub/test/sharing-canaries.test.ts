// Secrets planted in everything that answers are made from: none of them is in a byte on the wire, in the handshake, in the ledger, in
// the log or in an error.
import { mkdtempSync, rmSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { reportBodyBytes, sharingCatalogue, vocabularyOf } from "@tidemark/proto";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answersOf } from "../src/sharing/answers/answers.ts";
import type { Facts } from "../src/sharing/answers/facts.ts";
import { type Canary, canarySearch } from "../src/sharing/attack/canaries.ts";
import type { AnswerQuestion } from "../src/sharing/freezing.ts";
import { post } from "../src/sharing/sender.ts";
import { makeOperator } from "../src/simulate/operator.ts";
import { selfSigned } from "./certificate.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";
import {
  clear,
  dayMs,
  endMs,
  ledgerOf,
  nowhere,
  period28,
  sendAll,
  startMs,
  startParts,
  yes,
} from "./sharing-parts.ts";
import { type ReportReceiver, startReportReceiver } from "./sharing-receiver.ts";
import { type OpenedEngine, openEngine } from "./store-engines.ts";

let broker: PlainBroker;
let engine: OpenedEngine;
const folder = mkdtempSync(join(tmpdir(), "tidemark-canaries-"));
const trusted = tls.getCACertificates("default");
beforeAll(async () => {
  broker = await startPlainBroker();
  engine = await openEngine("embedded");
});
afterAll(async () => {
  tls.setDefaultCACertificates(trusted);
  rmSync(folder, { recursive: true, force: true });
  await engine.stop();
  await broker.stop();
});

const secrets = {
  cpuVendor: "AcmeSiliconWorks",
  cpuModel: "Zyxw 9000 engineering sample Quokka",
  virtualisation: "wombat-hypervisor",
  diskKind: "platypus-drive",
  interface: "ethkoala17",
  address: "10.213.77.19/27",
  target: "https://maas.numbat.example.org:5240/MAAS/api/2.0/quollsecret",
  release: "3.5.1-bandicoot",
  mesh: "echidna-mesh-yabby42",
  profile: "dugong-checkout-flow",
  version: "9.9.9-wallaby",
  error: "cassowary://rack-bilby-07/puggle",
} as const;
const canaries: readonly Canary[] = Object.entries(secrets).map(([planted, secret]) => ({
  planted,
  secret,
}));

/** What a site could really have, with a secret wherever it can hold text. */
function planted(facts: Facts): Facts {
  const labels = { release: secrets.release, mesh: secrets.mesh, name: secrets.profile };
  const [host, ...hosts] = facts.hosts;
  if (host === undefined) throw new Error("an operator has hosts");
  const marked = {
    ...host,
    cpuVendor: secrets.cpuVendor,
    cpuModel: secrets.cpuModel,
    virtualisation: secrets.virtualisation,
    disks: [{ kind: secrets.diskKind, sizeBytes: 4_000_787_030_016 }],
    interfaces: [
      { name: secrets.interface, speedMbit: 12_345, virtual: false, addresses: [secrets.address] },
    ],
  };
  return {
    ...facts,
    tidemarkVersion: secrets.version,
    nodeVersion: secrets.version,
    hosts: [marked, ...hosts],
    runs: [
      ...facts.runs,
      ...facts.runs.map((run) => ({ ...run, target: secrets.target, labels })),
      ...facts.runs.map((run) => ({ ...run, labels })),
    ],
    upgrades: facts.upgrades.flatMap((upgrade) => [
      upgrade,
      { ...upgrade, from: secrets.release, target: secrets.target, labels },
    ]),
  };
}

/** Takes down every byte that goes to the receiver, and passes it on. */
async function startTap(receiver: ReportReceiver) {
  const chunks: Buffer[] = [];
  const sockets = new Set<net.Socket>();
  const port = Number(new URL(receiver.url).port);
  const server = net.createServer((socket) => {
    const onward = net.connect(port, "127.0.0.1");
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on("error", () => {
        socket.destroy();
        onward.destroy();
      });
    }
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
    });
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(receiver.url);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href.replace(/\/$/, ""),
    bytes: () => Buffer.concat(chunks),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** All that a body, a header or an entry may hold besides. */
const allowed = [
  ...vocabularyOf(sharingCatalogue),
  ...sharingCatalogue.questions.map(({ title, sentence }) => `${title} ${sentence}`),
  "POST /v1/report /v1/delete HTTP/1.1 Host Content-Type application/octet-stream",
  "Content-Length User-Agent tidemark-sharing Connection close answer catalogue period question",
];
const search = canarySearch(canaries, allowed);
const questions = sharingCatalogue.questions.map(({ id }) => id);

async function shareAll(tapped: { url: string }, receiver: ReportReceiver) {
  const lines: string[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  const clock = { nowMs: startMs + dayMs };
  // Several sites together, so that nearly every question has answers.
  const site = [3, 17, 29]
    .map((seed) => planted(makeOperator(seed, period28)(period28)))
    .reduce((all, each) => ({
      ...all,
      hosts: [...all.hosts, ...each.hosts],
      runs: [...all.runs, ...each.runs],
      upgrades: [...all.upgrades, ...each.upgrades],
    }));
  let calls = 0;
  const answer: AnswerQuestion = async (question) => {
    calls += 1;
    // Reading fails too, and says more than it should.
    if (calls % 5 === 0) throw new Error(secrets.error);
    return answersOf(question, site);
  };
  const settings = { ...nowhere, receiver: tapped.url, receiverKey: receiver.publicKey };
  const parts = await startParts(broker.connection, engine.database, {
    clock,
    log,
    answer,
    settings,
  });
  const { sharing } = parts;
  await sharing.answer(yes(...questions), "ada");
  // Some tries are refused and some are not answered, so that there are errors to look at.
  receiver.instead = (nth) =>
    nth % 7 === 0 ? 503 : nth % 11 === 0 ? (response) => response.destroy() : undefined;
  // The end of a period of 28 days, then of one of 84.
  for (const closedMs of [endMs, endMs + 2 * 28 * dayMs]) {
    clock.nowMs = closedMs;
    for (let round = 0; round < 5; round += 1) await sharing.tick();
    await sendAll(sharing, clock);
  }
  await sharing.withdraw({ delete: true }, "ada");
  await sendAll(sharing, clock);
  const ledger = await ledgerOf(sharing);
  await parts.stop();
  await clear(broker.connection, engine.database);
  return { log: lines.join(""), ledger: JSON.stringify(ledger), entries: ledger };
}

test("no secret is on the wire, in the ledger or in the log", { timeout: 300_000 }, async () => {
  const receiver = await startReportReceiver();
  const tap = await startTap(receiver);
  const { log, ledger, entries } = await shareAll(tap, receiver);
  const sent = new Set(
    entries.filter(({ event }) => event === "sent").map(({ question }) => question),
  );
  expect(sent.size).toBeGreaterThanOrEqual(10);
  expect(receiver.received.length).toBeGreaterThan(20);
  expect(tap.bytes().length).toBeGreaterThan(receiver.received.length * reportBodyBytes);
  expect(search(tap.bytes())).toEqual([]);
  for (const { body, rawHeaders, path } of receiver.received) {
    expect(search(body)).toEqual([]);
    expect(search([path, ...rawHeaders].join("\n"))).toEqual([]);
  }
  expect(search(ledger)).toEqual([]);
  expect(log).toContain("could not be read");
  expect(search(log)).toEqual([]);
  await tap.stop();
  await receiver.stop();
});

test(
  "no secret is in a handshake, whose one name is the receiver's",
  { timeout: 300_000 },
  async () => {
    const pair = selfSigned(folder);
    tls.setDefaultCACertificates([...trusted, pair.cert]);
    const receiver = await startReportReceiver(pair);
    const tap = await startTap(receiver);
    await shareAll(tap, receiver);
    expect(search(tap.bytes())).toEqual([]);
    expect(tap.bytes().includes("localhost")).toBe(true);
    expect(new Set(receiver.received.map((each) => each.tls?.servername))).toEqual(
      new Set(["localhost"]),
    );
    expect(receiver.received.some((each) => each.tls?.isResumed === true)).toBe(false);
    await tap.stop();
    await receiver.stop();
  },
);

test("a secret that did leave would be found", async () => {
  const receiver = await startReportReceiver();
  const tap = await startTap(receiver);
  const { signal } = new AbortController();
  for (const { planted: where, secret } of canaries) {
    const body = Buffer.alloc(reportBodyBytes, " ");
    body.write(JSON.stringify({ answer: Buffer.from(secret).toString("base64") }), 200);
    await post(tap.url, "report", body, { signal });
    expect(search(tap.bytes()).map((leak) => leak.planted)).toContain(where);
  }
  await tap.stop();
  await receiver.stop();
});
