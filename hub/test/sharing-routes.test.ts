// Sharing through the HTTP API and as `tidemark share` asks for it: whatever is answered, refused or broken.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
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
import {
  type MadeSharing,
  type SharingServer,
  fleetReport,
  makeSharing,
  serveSharing,
} from "./made-sharing.ts";
import { bodyOf } from "./running-hub.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

let directory: string;
let sharing: MadeSharing;
let server: SharingServer;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "tidemark-sharing-"));
});
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(async () => {
  sharing = makeSharing();
  server = await serveSharing(sharing);
});
afterEach(() => server.stop());

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

const yesTo = (...questions: string[]) => ({
  sha256: sharing.sha256,
  answers: questions.map((question) => ({ question, answer: "yes" })),
});
const stateOf = (id: string) => sharing.questions.find((one) => one.id === id)?.consent.state;

describe("the API", () => {
  test("shows questions, reports and ledger to whoever may sign in", async () => {
    sharing.entries = entries(3);
    const overview = await bodyOf(await ask("GET", "", undefined, "viewer"), SharingOverview);
    expect(overview.questions.map(({ consent }) => consent.state)).not.toContain("yes");
    const all = await bodyOf(await ask("GET", "/preview", undefined, "viewer"), SharingPreview);
    expect(all.reports).toEqual([fleetReport]);
    const path = "/preview?question=network.size";
    const one = await bodyOf(await ask("GET", path, undefined, "viewer"), SharingPreview);
    expect(one).toMatchObject({ reports: [], silent: [{ question: "network.size" }] });
    const page = await bodyOf(await ask("GET", "/ledger?limit=2", undefined, "viewer"), LedgerPage);
    expect(page.items.map(({ number }) => number)).toEqual([3, 2]);
    const rest = await ask("GET", `/ledger?limit=2&cursor=${page.nextCursor}`);
    expect((await bodyOf(rest, LedgerPage)).items.map(({ number }) => number)).toEqual([1]);
  });

  test("takes yes and no, a withdrawal and an export from an admin, and the audit has each", async () => {
    const answers = [
      { question: "fleet.size", answer: "yes" },
      { question: "network.size", answer: "no" },
    ];
    const answered = await ask("POST", "/answers", { sha256: sharing.sha256, answers });
    const { questions } = await bodyOf(answered, SharingOverview);
    const [fleet, network, family] = questions;
    expect(fleet?.consent).toMatchObject({ state: "yes", answeredBy: "admin" });
    expect(network?.consent.state).toBe("no");
    expect(family?.consent.state).toBe("unasked");
    const { bodies } = await bodyOf(await ask("POST", "/export"), SharingBundle);
    expect(bodies.map((body) => open(Buffer.from(body, "base64")))).toMatchObject([
      { text: fleetReport.text },
    ]);
    const withdrawn = await ask("POST", "/withdraw", { delete: true });
    expect(await bodyOf(withdrawn, Withdrawn)).toEqual({ dropped: 0, deletions: 2 });
    expect(server.audited).toEqual([
      "admin sharing-answered fleet.size yes",
      "admin sharing-answered network.size no",
      "admin sharing-exported  1 reports",
      "admin sharing-withdrawn  0 waiting reports dropped, 2 deletions asked for",
    ]);
  });

  test.each(["viewer", "operator"] as const)("lets a %s answer nothing", async (role) => {
    for (const [path, body] of [
      ["/answers", yesTo("fleet.size")],
      ["/withdraw", { delete: false }],
      ["/export", undefined],
    ] as const)
      expect((await ask("POST", path, body, role)).status).toBe(403);
    expect(stateOf("fleet.size")).toBe("unasked");
    expect(server.audited).toEqual([]);
  });

  test("answers another catalogue, and a lock, with a conflict, and changes nothing", async () => {
    const other = { ...yesTo("fleet.size"), sha256: "0".repeat(64) };
    const conflict = await ask("POST", "/answers", other);
    expect(conflict.status).toBe(409);
    expect(await bodyOf(conflict, Problem)).toMatchObject({ code: "conflict" });
    sharing.lock = "DO_NOT_TRACK";
    expect((await ask("POST", "/answers", yesTo("fleet.size"))).status).toBe(409);
    expect((await ask("POST", "/export")).status).toBe(409);
    expect(stateOf("fleet.size")).toBe("unasked");
    expect(server.audited).toEqual([]);
  });

  const sha256 = "0".repeat(64);
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

async function run(program: string, args: readonly string[], role: Asker = "admin"): Promise<Ran> {
  const env = {
    PATH: process.env["PATH"],
    TIDEMARK_URL: server.url,
    TIDEMARK_TOKEN: server.tokens[role],
  };
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args], { env });
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
    sharing.receiver = null;
    sharing.lock = "configuration";
    const { out } = await share("status");
    expect(out).toMatch(/^Locked by the hub's configuration \(sharing\.locked\): nothing leaves/);
    expect(out).toContain("No receiver is set: nothing is sent.");
    const { out: json } = await share("status", "--json");
    expect(jsonParser(SharingOverview, "status")(Buffer.from(json))).toMatchObject({
      lock: "configuration",
    });
  });

  test("prints the exact text that would be sent, and its hash", async () => {
    const { out } = await share("preview", "--question", "fleet.size");
    expect(out).toContain(`\n  ${fleetReport.text}\n`);
    expect(out).toContain(createHash("sha256").update(fleetReport.text).digest("hex"));
    expect(out).toContain(fleetReport.sentence);
    const { out: silent } = await share("preview", "--question", "network.size");
    expect(silent).toMatch(/network\.size +no agent is enrolled/);
    const all = JSON.parse((await share("preview", "--json")).out);
    expect(all.reports).toEqual([fleetReport]);
    expect(all.silent).toHaveLength(sharing.questions.length - 1);
    expect(await share("preview", "--question", "nothing")).toMatchObject({
      code: 1,
      err: "tidemark: /question: the catalogue has no such question\n",
    });
  });

  test("prints the whole catalogue without a hub; its JSON has the hash that a yes is bound to", async () => {
    await server.stop();
    const { out } = await share("catalogue");
    for (const { title, asks, fields } of sharing.questions) {
      expect(out).toContain(title);
      expect(out).toContain(asks);
      for (const { reason, labels } of fields) {
        expect(out).toContain(reason);
        expect(out.replaceAll(/\s+/g, " ")).toContain(labels.join(", "));
      }
    }
    expect(out).toContain(sharing.sha256);
    const { out: json } = await share("catalogue", "--json");
    expect(createHash("sha256").update(json.trimEnd()).digest("hex")).toBe(sharing.sha256);
  });

  test("a script says yes to the catalogue it knows, and is shown what would be sent", async () => {
    const { out, err, code } = await share("yes", "fleet.size", "--sha256", sharing.sha256);
    expect(code).toBe(0);
    expect(err).toContain(fleetReport.text);
    expect(err).toContain("How many hosts do you watch");
    expect(err).not.toContain("How many subnets");
    expect(out).toMatch(/^yes to fleet\.size\. Nothing leaves within a day\./);
    expect([stateOf("fleet.size"), stateOf("network.size")]).toEqual(["yes", "unasked"]);
  });

  test("--all and --yes say yes to every question; JSON alone is on the standard output", async () => {
    const { out } = await share("yes", "--all", "--yes", "--json");
    expect(JSON.parse(out).questions.map((one: { consent: object }) => one.consent)).toEqual(
      sharing.questions.map(({ consent }) => consent),
    );
    expect(new Set(sharing.questions.map(({ consent }) => consent.state))).toEqual(
      new Set(["yes"]),
    );
  });

  test("a no is as short, and is not asked about", async () => {
    const { out } = await share("no", "fleet.size", "network.size");
    expect(out).toBe("no to fleet.size, network.size. It is kept here; nothing is sent.\n");
    expect([stateOf("fleet.size"), stateOf("network.size")]).toEqual(["no", "no"]);
    sharing.lock = "DO_NOT_TRACK";
    expect((await share("no", "--all")).code).toBe(0);
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
    [["ledger", "--limit", "0"], 2, "--limit 0: give a whole number from 1 to 100000"],
    [["ledger", "--limit", "many"], 2, "--limit many: give a whole number"],
    [["export"], 2, "required option '--out <file>'"],
    [["maybe"], 2, "unknown command"],
  ])("refuses %j", async (args, code, reason) => {
    expect(await share(...args)).toMatchObject({
      code,
      out: "",
      err: expect.stringContaining(reason),
    });
    expect(sharing.questions.every(({ consent }) => consent.state === "unasked")).toBe(true);
  });

  test("under a lock there is nothing to say yes to", async () => {
    sharing.lock = "DO_NOT_TRACK";
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

  // `script` gives the command a terminal, and types what it is given.
  test.each([
    ["yes", "yes"],
    ["no", "unasked"],
    // Neither Return alone nor a letter is an answer; it asks again, and the end of the input is a no.
    ["\ny\nYES", "yes"],
    ["\ny", "unasked"],
  ])("at a terminal %j leaves it at %s", async (typed, state) => {
    const command = `${process.execPath} ${main} share yes fleet.size`;
    const { out } = await run("sh", [
      "-c",
      `printf '%s\\n\\004' "$0" | script --quiet --return --command "$1" /dev/null`,
      typed,
      command,
    ]);
    expect(out).toContain(fleetReport.text);
    expect(out).toContain("Share this? (yes/no)");
    expect(stateOf("fleet.size")).toBe(state);
  });

  test("withdraws at once, and says what is asked back", async () => {
    await share("yes", "--all", "--yes");
    expect((await share("withdraw", "--delete")).out).toBe(
      "Every yes has ended. 1 waiting reports were dropped. 2 deletion requests wait to be sent. The ledger stays.\n",
    );
    expect(stateOf("fleet.size")).toBe("unasked");
    expect(JSON.parse((await share("withdraw", "--json")).out)).toEqual({
      dropped: 0,
      deletions: 0,
    });
  });

  test("reads the ledger page by page, newest first, and whatever a receiver said stays text", async () => {
    sharing.entries = entries(1_500);
    const { out, err } = await share("ledger", "--limit", "1200", "--json");
    expect(JSON.parse(out).map(({ number }: LedgerEntry) => number)).toEqual(
      Array.from({ length: 1_200 }, (_, index) => 1_500 - index),
    );
    expect(err).toBe("1000 entries read\n");
    const { out: lines } = await share("ledger", "--limit", "2");
    expect(lines).toMatch(/^NUMBER +AT +WHAT +QUESTION +PERIOD +STATUS +SAID\n1500 +1970-01-01 /);
    expect(lines).not.toContain(fleetReport.text);
    const { out: full } = await share("ledger", "--full", "--limit", "1");
    expect(full).toContain(`\n  ${fleetReport.text}\n  sha256 ${fleetReport.sha256}\n  receipt r`);
    for (const shown of [lines, full]) expect(shown).not.toContain("\u001b");
    sharing.entries = [];
    expect((await share("ledger")).out).toMatch(/^The ledger is empty/);
  });

  test("exports what waits to a file of one's own, once", async () => {
    const file = join(directory, "reports.json");
    expect((await share("export", "--out", file)).out).toBe("1 reports\n");
    const { bodies } = jsonParser(SharingBundle, "file")(readFileSync(file));
    expect(bodies.map((body) => open(Buffer.from(body, "base64")))).toMatchObject([
      { text: fleetReport.text },
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(server.audited).toEqual(["admin sharing-exported  1 reports"]);

    const empty = join(directory, "empty.json");
    expect((await share("export", "--out", empty)).out).toMatch(/^Nothing waits/);
    expect(() => statSync(empty)).toThrow("ENOENT");
  });

  test("takes nothing out for a file that cannot be made, and leaves none for what it did not get", async () => {
    const there = join(directory, "there.json");
    writeFileSync(there, "kept");
    for (const path of [there, join(directory, "no", "folder.json"), directory])
      expect(await share("export", "--out", path)).toMatchObject({
        code: 2,
        err: expect.stringContaining("cannot be made, and nothing was taken"),
      });
    expect(readFileSync(there, "utf8")).toBe("kept");
    sharing.lock = "configuration";
    const refused = join(directory, "refused.json");
    expect((await share("export", "--out", refused)).code).toBe(1);
    expect(() => statSync(refused)).toThrow("ENOENT");
    expect(sharing.reports).toHaveLength(1);
  });

  test("prints what it took out when it cannot be written", async () => {
    const file = join(directory, "full.json");
    // Files may have no bytes, which fails as a full disk does.
    const { code, out, err } = await run("sh", [
      "-c",
      'ulimit -f 0; exec "$0" "$1" share export --out "$2"',
      process.execPath,
      main,
      file,
    ]);
    expect(code).toBe(1);
    expect(err).toContain("could not be written; its content, which counts as sent, is printed");
    expect(jsonParser(SharingBundle, "bundle")(Buffer.from(out)).bodies).toHaveLength(1);
    expect(() => statSync(file)).toThrow("ENOENT");
  });
});

function entries(count: number): LedgerEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    atMs: index,
    event: "sent",
    question: "fleet.size",
    period: 741,
    text: fleetReport.text,
    sha256: fleetReport.sha256,
    status: 200,
    receipt: "r".repeat(100),
    said: "thanks\u001b[2J",
  }));
}
