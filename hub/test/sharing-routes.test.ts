// Sharing through the HTTP API and as `tidemark share` asks for it: whatever is answered, refused or broken.
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  type LedgerEntry,
  LedgerPage,
  Problem,
  SharingBundle,
  SharingOverview,
  SharingPreview,
  Withdrawn,
  jsonParser,
} from "@tidemark/proto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { open } from "../src/sharing/envelope.ts";
import type { AnswerQuestion } from "../src/sharing/freezing.ts";
import { openLedgerStore } from "../src/store/sharing-ledger.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";
import { bodyOf } from "./running-hub.ts";
import {
  type Clock,
  type Parts,
  clear,
  dayMs,
  endMs,
  ledgerOf,
  nowhere,
  sha256,
  startMs,
  startParts,
} from "./sharing-parts.ts";
import { type SharingServer, serveSharing } from "./sharing-server.ts";
import { type OpenedEngine, openEngine } from "./store-engines.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
/** Of the period the clock begins in, in which 100 hosts are watched. */
const fleetText =
  '{"answer":{"hosts":"64-127","release":"0.1"},"catalogue":1,"period":741,"question":"fleet.size"}';
const fleetSha256 = createHash("sha256").update(fleetText).digest("hex");
const answer: AnswerQuestion = async ({ id }) =>
  id === "fleet.size"
    ? { answers: [{ hosts: "64-127", release: "0.1" }], silent: "" }
    : { answers: [], silent: "no agent is enrolled" };

let directory: string;
let broker: PlainBroker;
let engine: OpenedEngine;
let clock: Clock;
let parts: Parts;
let server: SharingServer;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "tidemark-sharing-"));
  broker = await startPlainBroker();
  engine = await openEngine("embedded");
});
afterAll(async () => {
  await engine?.stop();
  await broker?.stop();
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  clock = { nowMs: startMs + 3 * dayMs };
  await start({ receiver: "https://receiver.example" });
});
afterEach(async () => {
  await stop();
  await clear(broker.connection, engine.database);
});

async function start(settings: Partial<typeof nowhere>): Promise<void> {
  const { connection } = broker;
  const set = { ...nowhere, ...settings };
  parts = await startParts(connection, engine.database, { clock, settings: set, answer });
  server = await serveSharing(parts.sharing);
}
async function stop(): Promise<void> {
  await server.stop();
  await parts.stop();
}
/** The same hub, started anew with other settings. */
async function restart(settings: Partial<typeof nowhere>): Promise<void> {
  await stop();
  await start(settings);
}

/** Until the report of a yes waits. */
async function freeze(): Promise<void> {
  clock.nowMs = endMs + 60_000;
  await parts.sharing.tick();
}

type Asker = "viewer" | "operator" | "admin";

function ask(method: string, path: string, body?: unknown, role: Asker = "admin") {
  return fetch(`${server.url}/api/v1/sharing${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server.tokens[role]}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const saying = (said: "yes" | "no", ...questions: string[]) => ({
  sha256,
  answers: questions.map((question) => ({ question, answer: said })),
});
async function stateOf(id: string): Promise<string | undefined> {
  const { questions } = await parts.sharing.overview();
  return questions.find((one) => one.id === id)?.consent.state;
}
async function everyState(): Promise<readonly string[]> {
  const { questions } = await parts.sharing.overview();
  return [...new Set(questions.map(({ consent }) => consent.state))];
}

describe("the API", () => {
  test("shows questions, reports and ledger to whoever may sign in", async () => {
    const overview = await bodyOf(await ask("GET", "", undefined, "viewer"), SharingOverview);
    expect(overview).toMatchObject({ lock: null, receiver: "https://receiver.example" });
    expect(overview.catalogue.sha256).toBe(sha256);
    const all = await bodyOf(await ask("GET", "/preview", undefined, "viewer"), SharingPreview);
    expect(all.reports).toMatchObject([{ state: "would", text: fleetText, sha256: fleetSha256 }]);
    const path = "/preview?question=network.size";
    const one = await bodyOf(await ask("GET", path, undefined, "viewer"), SharingPreview);
    expect(one).toMatchObject({ reports: [], silent: [{ question: "network.size" }] });

    await parts.sharing.answer(saying("no", "fleet.size", "network.size", "load.mesh"), "ada");
    const page = await bodyOf(await ask("GET", "/ledger?limit=2", undefined, "viewer"), LedgerPage);
    expect(page.items.map(({ number }) => number)).toEqual([3, 2]);
    const rest = await ask("GET", `/ledger?limit=2&cursor=${page.nextCursor}`);
    expect((await bodyOf(rest, LedgerPage)).items.map(({ number }) => number)).toEqual([1]);
  });

  test("takes yes and no, an export and a withdrawal from an admin, and the audit has each", async () => {
    const answers = [
      { question: "fleet.size", answer: "yes" },
      { question: "network.size", answer: "no" },
    ];
    const answered = await ask("POST", "/answers", { sha256, answers });
    const [fleet, network, family] = (await bodyOf(answered, SharingOverview)).questions;
    expect(fleet?.consent).toMatchObject({ state: "yes", answeredBy: "admin", sha256 });
    expect([network?.consent.state, family?.consent.state]).toEqual(["no", "unasked"]);
    await freeze();
    const { bodies } = await bodyOf(await ask("POST", "/export"), SharingBundle);
    expect(
      await Promise.all(bodies.map((body) => open(Buffer.from(body, "base64")))),
    ).toMatchObject([{ text: fleetText }]);
    const withdrawn = await ask("POST", "/withdraw", { delete: true });
    expect(await bodyOf(withdrawn, Withdrawn)).toEqual({ dropped: 0, deletions: 1 });
    expect(server.audited).toEqual([
      "admin sharing-answered fleet.size yes",
      "admin sharing-answered network.size no",
      "admin sharing-exported  reports: 1",
      "admin sharing-withdrawn  reports dropped: 0, deletions asked for: 1",
    ]);
  });

  test.each(["viewer", "operator"] as const)("lets a %s answer nothing", async (role) => {
    for (const [path, body] of [
      ["/answers", saying("yes", "fleet.size")],
      ["/withdraw", { delete: false }],
      ["/export", undefined],
    ] as const)
      expect((await ask("POST", path, body, role)).status).toBe(403);
    expect(await everyState()).toEqual(["unasked"]);
    expect(server.audited).toEqual([]);
  });

  test("answers another catalogue, and a lock, with a conflict, and changes nothing", async () => {
    const other = { ...saying("yes", "fleet.size"), sha256: "0".repeat(64) };
    for (const body of [other, saying("yes", "fleet.names")]) {
      const conflict = await ask("POST", "/answers", body);
      expect(conflict.status).toBe(409);
      expect(await bodyOf(conflict, Problem)).toMatchObject({ code: "conflict" });
    }
    await restart({ lock: "DO_NOT_TRACK" });
    const locked = await ask("POST", "/answers", saying("yes", "fleet.size"));
    expect(locked.status).toBe(409);
    expect((await bodyOf(locked, Problem)).detail).toContain("DO_NOT_TRACK is set");
    expect((await ask("POST", "/export")).status).toBe(409);
    expect(await everyState()).toEqual(["unasked"]);
    expect(server.audited).toEqual([]);
  });

  const yes = { question: "fleet.size", answer: "yes" };
  test.each([
    ["no body", "POST", "/answers", undefined, 400, undefined],
    ["no hash", "POST", "/answers", { answers: [yes] }, 400, "/sha256"],
    ["a short hash", "POST", "/answers", { sha256: "0", answers: [yes] }, 400, "/sha256"],
    ["no answer", "POST", "/answers", { sha256, answers: [] }, 400, "/answers"],
    [
      "an answer that is neither",
      "POST",
      "/answers",
      { sha256, answers: [{ ...yes, answer: "later" }] },
      400,
      "/answers/0/answer",
    ],
    [
      "yes and no at once",
      "POST",
      "/answers",
      { sha256, answers: [yes, { ...yes, answer: "no" }] },
      400,
      "/answers/1/question",
    ],
    ["more than is asked", "POST", "/answers", { sha256, answers: [yes], by: "me" }, 400, "/by"],
    ["a withdrawal of nothing", "POST", "/withdraw", {}, 400, "/delete"],
    ["text for a switch", "POST", "/withdraw", { delete: "yes" }, 400, "/delete"],
    ["an unknown question", "GET", "/preview?question=fleet.names", undefined, 404, "/question"],
    ["an unknown parameter", "GET", "/preview?all=1", undefined, 400, "/all"],
    ["a parameter where there is none", "GET", "?all=1", undefined, 400, "/all"],
    ["a foreign cursor", "GET", "/ledger?cursor=zzz", undefined, 400, "/cursor"],
    ["no entries at all", "GET", "/ledger?limit=0", undefined, 400, "/limit"],
    ["too many entries", "GET", "/ledger?limit=1001", undefined, 400, "/limit"],
  ])("refuses %s", async (_what, method, path, body, status, field) => {
    const response = await ask(method, path, body);
    expect(response.status).toBe(status);
    expect((await bodyOf(response, Problem)).field).toBe(field);
    expect(server.audited).toEqual([]);
  });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function share(...args: string[]): Promise<Ran> {
  return await run(process.execPath, [main, "share", ...args]);
}

/** What a terminal shows that `script` gives the command, with a line typed whenever it asks. */
async function atTerminal(args: string, typed: readonly string[]): Promise<string> {
  const command = `${process.execPath} ${main} share ${args}`;
  const script = ["--quiet", "--return", "--command", command, "/dev/null"];
  const child = spawn("script", script, { env: environment("admin") });
  let out = "";
  let answered = 0;
  child.stdout.on("data", (bytes: Buffer) => {
    out += bytes.toString();
    const asked = out.split("(yes/no)").length - 1;
    for (; answered < Math.min(asked, typed.length); answered += 1)
      child.stdin.write(`${typed[answered]}\n`);
  });
  await once(child, "close");
  return out;
}

const environment = (role: Asker) => ({
  PATH: process.env["PATH"],
  TIDEMARK_URL: server.url,
  TIDEMARK_TOKEN: server.tokens[role],
});

async function run(program: string, args: readonly string[], role: Asker = "admin"): Promise<Ran> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args], {
      env: environment(role),
    });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && "stdout" in error && "stderr" in error))
      throw error;
    return { code: Number(error.code), out: String(error.stdout), err: String(error.stderr) };
  }
}

describe("the command line", () => {
  test("says that nothing leaves, where it would go, and what was said", async () => {
    expect((await share("status")).out).toMatch(
      /^0 of \d+ questions have a yes\. Without one, nothing leaves\.\nReports go to https:\/\/receiver\.example\.\n/,
    );
    await restart({ lock: "configuration" });
    const { out } = await share("status");
    expect(out).toMatch(/^Locked by the hub's configuration \(sharing\.locked\): nothing leaves/);
    expect(out).toContain("No receiver is set: nothing is sent.");
    const { out: json } = await share("status", "--json");
    expect(jsonParser(SharingOverview, "status")(Buffer.from(json))).toMatchObject({
      lock: "configuration",
    });
  });

  test("prints the exact text that would be sent, and its hash; after a yes, the one that waits", async () => {
    const { out } = await share("preview", "--question", "fleet.size");
    expect(out).toContain(`\n  ${fleetText}\n  sha256 ${fleetSha256}, 4.9 bits`);
    expect(out).toContain("would be sent: This fleet has 64-127 hosts under watch");
    const { out: silent } = await share("preview", "--question", "network.size");
    expect(silent).toMatch(/network\.size +no agent is enrolled/);
    const all = JSON.parse((await share("preview", "--json")).out);
    expect(all.reports).toMatchObject([{ text: fleetText, state: "would" }]);
    expect(await share("preview", "--question", "nothing")).toMatchObject({
      code: 2,
      err: "tidemark: there is no question nothing: `tidemark share status` lists them\n",
    });

    await share("yes", "fleet.size", "--yes");
    await freeze();
    const { out: waits } = await share("preview", "--question", "fleet.size");
    expect(waits).toMatch(
      /fleet\.size, period 741, waits until 2026-\d\d-\d\d \d\d:\d\d UTC: This/,
    );
    expect(waits).toContain(`\n  ${fleetText}\n`);
  });

  test("prints the whole catalogue without a hub; its JSON has the hash that a yes is bound to", async () => {
    const { questions } = await parts.sharing.overview();
    const { out } = await share("catalogue");
    for (const { title, asks, fields } of questions) {
      expect(out).toContain(title);
      expect(out).toContain(asks);
      for (const { reason, treatment, labels } of fields) {
        expect(out).toContain(reason);
        expect(out).toContain(treatment);
        expect(out.replaceAll(/\s+/g, " ")).toContain(labels.join(", "));
      }
    }
    expect(out).toContain(sha256);
    const { out: json } = await share("catalogue", "--json");
    expect(createHash("sha256").update(json.trimEnd()).digest("hex")).toBe(sha256);
  });

  test("a script says yes to the catalogue it knows, and is shown what would be sent", async () => {
    const { out, err, code } = await share("yes", "fleet.size", "--sha256", sha256);
    expect(code).toBe(0);
    expect(err).toContain(fleetText);
    expect(err).toContain("How many hosts do you watch");
    expect(err).not.toContain("How many subnets");
    expect(out).toMatch(/^yes to fleet\.size\. Nothing leaves within a day\./);
    expect([await stateOf("fleet.size"), await stateOf("network.size")]).toEqual([
      "yes",
      "unasked",
    ]);
  });

  test("--all and --yes say yes to every question; JSON alone is on the standard output", async () => {
    const { out } = await share("yes", "--all", "--yes", "--json");
    expect(JSON.parse(out)).toEqual(await parts.sharing.overview());
    expect(await everyState()).toEqual(["yes"]);
  });

  test("a no is as short, is not asked about, and is taken under a lock too", async () => {
    const { out } = await share("no", "fleet.size", "network.size");
    expect(out).toBe("no to fleet.size, network.size. It is kept here; nothing is sent.\n");
    expect([await stateOf("fleet.size"), await stateOf("network.size")]).toEqual(["no", "no"]);
    await restart({ lock: "DO_NOT_TRACK" });
    expect((await share("no", "--all")).code).toBe(0);
    expect(await everyState()).toEqual(["no"]);
  });

  test.each([
    [["yes", "fleet.size"], 2, "nobody can be asked here"],
    [["yes"], 2, "name the questions, or give --all"],
    [["no"], 2, "name the questions, or give --all"],
    [["yes", "fleet.size", "--all"], 2, "name the questions, or give --all"],
    [["yes", "fleet.names", "--yes"], 2, "there is no question fleet.names"],
    [["no", "fleet.names"], 2, "there is no question fleet.names"],
    [["yes", "--all", "--sha256", "abc"], 2, "give 64 hexadecimal digits"],
    [
      ["yes", "--all", "--sha256", "0".repeat(64)],
      1,
      "nothing was changed: the catalogue in force",
    ],
    [
      ["ledger", "--limit", "0"],
      2,
      "argument '0' is invalid. a whole number from 1 to 100000 is expected",
    ],
    [
      ["ledger", "--limit", "many"],
      2,
      "argument 'many' is invalid. a whole number from 1 to 100000",
    ],
    [["export"], 2, "required option '--out <file>'"],
    [["maybe"], 2, "unknown command"],
  ])("refuses %j", async (args, code, reason) => {
    expect(await share(...args)).toMatchObject({
      code,
      out: "",
      err: expect.stringContaining(reason),
    });
    expect(await everyState()).toEqual(["unasked"]);
  });

  test("under a lock there is nothing to say yes to", async () => {
    await restart({ lock: "DO_NOT_TRACK" });
    expect(await share("yes", "--all", "--yes")).toMatchObject({
      code: 1,
      err: expect.stringContaining("Locked by the variable DO_NOT_TRACK: nothing leaves"),
    });
  });

  test("a viewer's token answers nothing", async () => {
    const args = [main, "share", "no", "--all"];
    expect(await run(process.execPath, args, "viewer")).toMatchObject({
      code: 1,
      err: expect.stringContaining("this needs the role admin"),
    });
  });

  test.each([
    [["yes"], "yes"],
    [["no"], "unasked"],
    // Neither Return alone nor a letter is an answer; it asks again, and the end of the input is a no.
    [["", "y", "YES"], "yes"],
    [["", "y", "\u0004"], "unasked"],
  ])("at a terminal %j leaves it at %s", async (typed, state) => {
    const out = await atTerminal("yes fleet.size", typed);
    expect(out).toContain(fleetText);
    expect(out).toContain("Share this? (yes/no)");
    expect(await stateOf("fleet.size")).toBe(state);
  });

  test("withdraws at once, and says what is asked back", async () => {
    await parts.sharing.answer(saying("yes", "fleet.size"), "ada");
    await freeze();
    expect((await share("withdraw", "--delete")).out).toBe(
      "Every yes has ended. Waiting reports dropped: 1. Deletion requests to be sent: 0. The ledger stays.\n",
    );
    expect(await everyState()).not.toContain("yes");
    expect(JSON.parse((await share("withdraw", "--json")).out)).toEqual({
      dropped: 0,
      deletions: 0,
    });
  });

  test("reads the ledger page by page, newest first, and whatever a receiver said stays text", async () => {
    expect((await share("ledger")).out).toMatch(/^The ledger is empty/);
    await openLedgerStore(engine.database).insert(sentEntries(1_500));
    const { out, err } = await share("ledger", "--limit", "1200", "--json");
    expect(JSON.parse(out).map(({ number }: LedgerEntry) => number)).toEqual(
      Array.from({ length: 1_200 }, (_, index) => 1_500 - index),
    );
    expect(err).toBe("1000 entries read\n");
    const { out: lines } = await share("ledger", "--limit", "2");
    expect(lines).toMatch(/^NUMBER +AT +WHAT +QUESTION +PERIOD +STATUS +SAID\n1500 +2026-/);
    expect(lines).not.toContain(fleetText);
    const { out: full } = await share("ledger", "--full", "--limit", "1");
    expect(full).toContain(`\n  ${fleetText}\n  sha256 ${fleetSha256}\n  receipt rrr`);
    for (const shown of [lines, full]) expect(shown).not.toContain("\u001b");
  });

  test("exports what waits to a file of one's own, and again to another", async () => {
    const empty = join(directory, "empty.json");
    expect((await share("export", "--out", empty)).out).toMatch(/^Nothing waits/);
    expect(() => statSync(empty)).toThrow("ENOENT");

    await parts.sharing.answer(saying("yes", "fleet.size"), "ada");
    await freeze();
    const [file, second] = [join(directory, "reports.json"), join(directory, "again.json")];
    expect((await share("export", "--out", file)).out).toBe("Reports written: 1.\n");
    clock.nowMs += 1_000;
    expect(JSON.parse((await share("export", "--out", second, "--json")).out)).toEqual({
      reports: 1,
    });
    expect(readFileSync(second)).toEqual(readFileSync(file));
    const { bodies } = jsonParser(SharingBundle, "file")(readFileSync(file));
    expect(
      await Promise.all(bodies.map((body) => open(Buffer.from(body, "base64")))),
    ).toMatchObject([{ text: fleetText }]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const exported = (await ledgerOf(parts.sharing)).filter(({ event }) => event === "exported");
    expect(exported.map(({ said }) => said)).toEqual(["by admin", "by admin, again"]);
  });

  test("asks for nothing when the file cannot be made, and leaves none it could not fill", async () => {
    await parts.sharing.answer(saying("yes", "fleet.size"), "ada");
    await freeze();
    const there = join(directory, "there.json");
    writeFileSync(there, "kept");
    for (const path of [there, join(directory, "no", "folder.json"), directory])
      expect(await share("export", "--out", path)).toMatchObject({
        code: 2,
        err: expect.stringContaining("cannot be made"),
      });
    expect(readFileSync(there, "utf8")).toBe("kept");
    expect(server.audited).toEqual([]);

    const file = join(directory, "full.json");
    // Files may have no bytes, which fails as a full disk does.
    const exporting = 'ulimit -f 0; exec "$0" "$1" share export --out "$2"';
    expect(await run("sh", ["-c", exporting, process.execPath, main, file])).toMatchObject({
      code: 1,
      err: expect.stringContaining("cannot be written, and is removed; export again"),
    });
    await restart({ lock: "configuration" });
    expect((await share("export", "--out", file)).code).toBe(1);
    expect(() => statSync(file)).toThrow("ENOENT");
  });
});

const sentEntries = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `${index}`,
    number: index + 1,
    atMs: clock.nowMs + index,
    event: "sent" as const,
    question: "fleet.size",
    period: 741,
    text: fleetText,
    sha256: fleetSha256,
    status: 200,
    receipt: "r".repeat(100),
    said: "thanks\u001b[2J",
  }));
