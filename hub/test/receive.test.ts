// The receiver through its door: what it takes, what it refuses, and that nothing of what it refused is kept.
import { createPublicKey, randomBytes, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { periodAt } from "@tidemark/proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningReceiver, localSocket, startReceiver } from "../src/receive/compose.ts";
import { receiveConfig } from "../src/receive/config.ts";
import { textSha256 } from "../src/sharing/envelope.ts";
import {
  type Sealed,
  headOf,
  newKey,
  posted,
  sealed,
  sealedDeletion,
  sealedReport,
  spoken,
} from "./receive-client.ts";
import { silent } from "./store-engines.ts";

let dataDir: string;
let receiver: RunningReceiver;
/** Added to the clock. */
let aheadMs = 0;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "tidemark-receive-"));
  const config = receiveConfig({ "data-dir": dataDir, port: "0", "rate-per-minute": "100000" }, {});
  receiver = await startReceiver(config, silent, () => Date.now() + aheadMs);
});
afterAll(async () => {
  await receiver?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const report = (one: Sealed) => posted(receiver.url, "/v1/report", one.body);
const deletion = (one: Sealed) => posted(receiver.url, "/v1/delete", one.body);
const refusal = (status: number, refused: string) => ({
  status,
  text: JSON.stringify({ refused }),
});

/** GET through the socket in the data directory. */
function local(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath: localSocket(dataDir), path }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve(text));
    })
      .once("error", reject)
      .end();
  });
}

/** A counter of /metrics, by its name and labels. */
async function counted(metric: string): Promise<number> {
  const text = await local("/metrics");
  const line = text.split("\n").find((one) => one.startsWith(`tidemark_receive_${metric} `));
  return Number(line?.split(" ")[1] ?? 0);
}
const refusedCount = (kind: string, reason: string) =>
  counted(`refused_total{kind="${kind}",reason="${reason}"}`);
const keys = () => counted("keys");

function isReceipt(text: string, kind: string, of: Sealed, publicKey: string): boolean {
  const { receipt } = JSON.parse(text);
  const [sha256 = "", signature = ""] = String(receipt).split(".");
  const key = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: publicKey },
    format: "jwk",
  });
  const statement = Buffer.from(`tidemark receipt ${kind} ${sha256}`);
  return (
    sha256 === textSha256(of.text) &&
    verify(null, statement, key, Buffer.from(signature, "base64url"))
  );
}
const publicKey = async (): Promise<string> =>
  JSON.parse(await (await fetch(`${receiver.url}/v1/key`)).text()).key;

describe("what is taken", () => {
  test("a report gets a receipt that the receiver has signed, the same each time, and counts once", async () => {
    const one = sealedReport();
    const before = await keys();
    const first = await report(one);
    expect(first.status).toBe(200);
    expect(isReceipt(first.text, "report", one, await publicKey())).toBe(true);
    expect(await report(one)).toEqual(first);
    expect(await keys()).toBe(before + 1);
  });

  test("the same report many times at once counts once", async () => {
    const one = sealedReport();
    const before = await keys();
    const answers = await Promise.all(Array.from({ length: 20 }, () => report(one)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await keys()).toBe(before + 1);
  });

  test("a deletion gets a receipt, the same each time; the report never comes back", async () => {
    const one = sealedReport();
    await report(one);
    const asked = sealedDeletion(one);
    const first = await deletion(asked);
    expect(first.status).toBe(200);
    expect(isReceipt(first.text, "delete", asked, await publicKey())).toBe(true);
    expect(await deletion(asked)).toEqual(first);
    expect(await report(one)).toEqual(refusal(409, "conflict"));
  });

  test("a deletion that overtakes its report's storing waits for it", async () => {
    const one = sealedReport();
    const [reported, deleted] = await Promise.all([report(one), deletion(sealedDeletion(one))]);
    expect(reported.status).toBe(200);
    // Whichever came first: not there yet, or gone.
    expect([200, 403]).toContain(deleted.status);
    expect((await deletion(sealedDeletion(one))).status).toBe(200);
    expect((await report(one)).status).toBe(409);
  });
});

const nowPeriod = (days: 28 | 84) => periodAt(days, Date.now());
const shortened = (one: Sealed, bytes: number) => one.body.subarray(0, bytes);
const changed = (one: Sealed, at: number) => {
  const body = Buffer.from(one.body);
  body[at] = (body[at] ?? 0) ^ 1;
  return body;
};
const resealed = (change: (text: string) => string) => sealed(change(sealedReport().text)).body;
const refusals: readonly (readonly [
  what: string,
  body: () => Buffer,
  status: number,
  reason: string,
])[] = [
  ["an undersized body", () => shortened(sealedReport(), 1_023), 413, "size"],
  ["an empty body", () => Buffer.alloc(0), 413, "size"],
  ["an oversized body", () => Buffer.concat([sealedReport().body, Buffer.alloc(1)]), 413, "size"],
  ["a body of megabytes", () => Buffer.alloc(4_000_000, " "), 413, "size"],
  ["noise", () => randomBytes(1_024), 400, "form"],
  ["a forged signature", () => changed(sealedReport(), 50), 400, "signature"],
  ["a changed text", () => changed(sealedReport(), 150), 400, "signature"],
  [
    "another key's signature",
    () => {
      const one = sealedReport();
      one.body.write(newKey().publicKey, "latin1");
      return one.body;
    },
    400,
    "signature",
  ],
  ["trailing garbage", () => resealed((text) => `${text} {}`), 400, "form"],
  [
    "garbage behind the padding",
    () => {
      const one = sealedReport();
      one.body.write("x", 1_023, "latin1");
      return one.body;
    },
    400,
    "signature",
  ],
  ["a text that is not canonical", () => resealed((text) => text.replace(":", ": ")), 400, "form"],
  ["another catalogue", () => sealedReport({ catalogue: 99 }).body, 400, "catalogue"],
  ["an unknown question", () => sealedReport({ question: "fleet.names" }).body, 400, "question"],
  [
    "a forged vocabulary",
    () => sealedReport({ answer: { hosts: "127", release: "other" } }).body,
    400,
    "vocabulary",
  ],
  ["an old period", () => sealedReport({ period: nowPeriod(28) - 2 }).body, 400, "period"],
  ["a future period", () => sealedReport({ period: nowPeriod(28) + 1 }).body, 400, "period"],
  [
    "the period of a question of another length",
    () => sealedReport({ period: nowPeriod(84) }).body,
    400,
    "period",
  ],
  ["a deletion", () => sealedDeletion(sealedReport()).body, 400, "form"],
];

describe("what is refused as a report, counted, and not kept", () => {
  test.each(refusals)("%s", async (_, body, status, reason) => {
    const before = await refusedCount("report", reason);
    const [keysBefore, pending] = [await keys(), await counted("pending")];
    const bytes = body();
    const head = headOf("/v1/report", `Content-Length: ${bytes.length}\r\n`);
    const answer = await spoken(receiver.url, head, bytes);
    // Of a body that is not read, the rest may meet a connection that is closed before the answer is heard.
    if (answer.status !== 0 || reason !== "size") expect(answer).toEqual(refusal(status, reason));
    expect(await refusedCount("report", reason)).toBe(before + 1);
    expect([await keys(), await counted("pending")]).toEqual([keysBefore, pending]);
  });

  test("any size but one, by its announcement alone", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2 ** 48 }).filter((length) => length !== 1_024),
        async (length) => {
          const head = headOf("/v1/report", `Content-Length: ${length}\r\n`);
          expect(await spoken(receiver.url, head)).toEqual(refusal(413, "size"));
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each([
    ["chunked", "Transfer-Encoding: chunked\r\n", refusal(413, "size")],
    ["of no length", "", refusal(413, "size")],
    ["of a length written otherwise", "Content-Length: 01024\r\n", refusal(413, "size")],
    [
      "of two lengths",
      "Content-Length: 1024\r\nContent-Length: 1025\r\n",
      { status: 400, text: "" },
    ],
    [
      "chunked and of a length",
      "Content-Length: 1024\r\nTransfer-Encoding: chunked\r\n",
      { status: 400, text: "" },
    ],
  ])("a body %s", async (_, more, expected) => {
    const before = await keys();
    const { body } = sealedReport();
    const pieces = more.includes("chunked") ? ["400\r\n", body, "\r\n0\r\n\r\n"] : [body];
    const answer = await spoken(receiver.url, headOf("/v1/report", more), ...pieces);
    if (answer.status !== 0) expect(answer).toEqual(expected);
    expect(await keys()).toBe(before);
  });

  test("another text by the same key, be it stored or still on its way", async () => {
    const one = sealedReport();
    const other = sealedReport({ answer: { hosts: "1", release: "other" } }, one.key);
    const both = await Promise.all([report(one), report(other)]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 409]));
    expect((await report(one)).status + (await report(other)).status).toBe(200 + 409);
  });

  test("a report whose period has closed, even one that is there", async () => {
    const one = sealedReport();
    await report(one);
    aheadMs = 56 * 86_400_000;
    try {
      expect(await report(one)).toEqual(refusal(400, "period"));
    } finally {
      aheadMs = 0;
    }
  });
});

describe("what is refused as a deletion", () => {
  test.each([
    ["of what nobody has sent", () => sealedDeletion(sealedReport())],
    ["by another key", (there: Sealed) => sealedDeletion(there, newKey())],
    [
      "of another text by the key",
      (there: Sealed) => sealedDeletion(sealedReport({ period: 1 }), there.key),
    ],
    [
      "by another key that has sent the same text",
      async (there: Sealed) => {
        const same = sealed(there.text);
        await report(same);
        await deletion(sealedDeletion(same));
        return sealedDeletion(sealedReport({ period: 1 }), same.key);
      },
    ],
  ])("one %s, and everything stays", async (_, made) => {
    const there = sealedReport();
    await report(there);
    const asked = await made(there);
    const before = await refusedCount("delete", "foreign");
    expect(await deletion(asked)).toEqual(refusal(403, "foreign"));
    expect(await refusedCount("delete", "foreign")).toBe(before + 1);
    expect((await report(there)).status).toBe(200);
  });

  test("a report sent to be deleted", async () => {
    expect(await deletion(sealedReport())).toEqual(refusal(400, "form"));
  });
});

describe("connections", () => {
  test("a slow body is cut off and counted", async () => {
    const before = await counted('broken_total{why="slow"}');
    const answer = await spoken(
      receiver.url,
      headOf("/v1/report"),
      sealedReport().body.subarray(0, 1_000),
    );
    expect(answer.status).toBe(408);
    expect(await counted('broken_total{why="slow"}')).toBe(before + 1);
  });

  test("slow headers are cut off", async () => {
    expect((await spoken(receiver.url, "POST /v1/report HTTP/1.1\r\nHost:")).status).toBe(408);
  });

  test("what is not HTTP is counted", async () => {
    const before = await counted('broken_total{why="malformed"}');
    expect((await spoken(receiver.url, "\x16\x03\x01 hello\r\n\r\n")).status).toBe(400);
    expect(await counted('broken_total{why="malformed"}')).toBe(before + 1);
  });

  test("one carries one report: a second on it is not looked at", async () => {
    const [one, two] = [sealedReport(), sealedReport()];
    const head = headOf("/v1/report").replace("Connection: close\r\n", "");
    const before = await keys();
    const answer = await spoken(receiver.url, head, one.body, head, two.body);
    expect(answer.status).toBe(200);
    expect(await keys()).toBe(before + 1);
  });

  test("a sender that waits to be asked for its body is asked for the right size alone", async () => {
    const { body } = sealedReport();
    const expecting = (length: number) =>
      headOf("/v1/report", `Content-Length: ${length}\r\nExpect: 100-continue\r\n`);
    expect(await spoken(receiver.url, expecting(2_048))).toEqual(refusal(413, "size"));
    expect((await spoken(receiver.url, expecting(1_024), body)).status).toBe(100);
  });
});

describe("what else is there", () => {
  test("health for anybody, figures for the token's bearer alone", async () => {
    const get = async (path: string, headers = {}) =>
      (await fetch(`${receiver.url}${path}`, { headers })).status;
    expect(await get("/healthz")).toBe(200);
    expect(await get("/metrics")).toBe(401);
    const file = join(dataDir, "keys", "metrics-token");
    const token = readFileSync(file, "utf8").trim();
    expect(await get("/metrics", { authorization: `Bearer ${token}` })).toBe(200);
    expect(await get("/metrics", { authorization: `Bearer ${token}x` })).toBe(401);
    // A page of charts: for the token's bearer too.
    expect(await get("/")).toBe(401);
    for (const path of ["/v1/report", "/v1/delete", "/constructor", "/v1/reports"])
      expect(await get(path)).toBe(404);
  });

  test("the receipts' key stays in a file that only its owner reads", () => {
    for (const name of ["receipt-seed", "metrics-token"])
      expect(statSync(join(dataDir, "keys", name)).mode & 0o777).toBe(0o600);
  });

  test("the socket for imports is its owner's", () => {
    expect(statSync(localSocket(dataDir)).mode & 0o777).toBe(0o600);
  });

  test("the figures tell neither questions nor addresses", async () => {
    const text = await local("/metrics");
    expect(text).not.toContain("fleet.size");
    expect(text).not.toContain("127.0.0.1");
  });
});
