// The receiver as its maintainers run it: its command line, its log, its certificate, and what comes by hand.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { SharingBundle, parser } from "@tidemark/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { selfSigned } from "./certificate.ts";
import { headOf, posted, sealed, sealedDeletion, sealedReport, spoken } from "./receive-client.ts";
import { type ReceiveProcess, ended, main, startReceiveProcess } from "./receive-process.ts";

let folder: string;
let dataDir: string;
const running: ReceiveProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-receive-"));
  dataDir = join(folder, "data");
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => ended(one, "SIGKILL")));
  rmSync(folder, { recursive: true, force: true });
});

async function start(...args: string[]): Promise<ReceiveProcess> {
  const receiver = await startReceiveProcess(dataDir, ...args);
  running.push(receiver);
  return receiver;
}

async function tidemark(...args: string[]) {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], {
      env: { PATH: process.env["PATH"] },
    });
    return { code: 0, out: stdout, err: "" };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && "stdout" in error && "stderr" in error))
      throw error;
    return { code: error.code, out: String(error.stdout), err: String(error.stderr) };
  }
}

test("an address that cannot be had is told with what to do", async () => {
  const { url } = await start();
  const { port } = new URL(url);
  const other = join(folder, "other");
  const refused = async (...args: string[]) => {
    const { code, err } = await tidemark("receive", "--data-dir", other, ...args);
    expect(code).toBe(1);
    return err;
  };
  expect(await refused("--port", port)).toContain(
    `tidemark: cannot listen on 127.0.0.1, port ${port}: another program uses it; stop that, or choose another port with --port or TIDEMARK_RECEIVE_PORT\n`,
  );
  // TEST-NET-3 (RFC 5737) is no machine's.
  expect(await refused("--host", "203.0.113.7")).toContain(
    "this machine does not have the address; choose one of its own with --host",
  );
});

test("neither log nor files ever hold an address, and the log no report", async () => {
  const receiver = await start("--log-level", "debug", "--trusted-proxies", "127.0.0.1");
  const address = "203.0.113.77";
  const canary = "c4n4ry-rack-7.example";
  const forwarded = (path: string) =>
    headOf(path, `Content-Length: 1024\r\nX-Forwarded-For: ${address}\r\nX-Tell: ${canary}\r\n`);
  const kept = sealedReport();
  const gone = sealedReport();
  const forged = sealedReport({ answer: { hosts: canary, release: "other" } });
  const conflicting = sealedReport({ answer: { hosts: "1", release: "other" } }, kept.key);
  const send = (path: string, body: Buffer) => spoken(receiver.url, forwarded(path), body);
  expect((await send("/v1/report", kept.body)).status).toBe(200);
  expect((await send("/v1/report", gone.body)).status).toBe(200);
  expect((await send("/v1/delete", sealedDeletion(gone).body)).status).toBe(200);
  expect((await send("/v1/report", forged.body)).status).toBe(400);
  expect((await send("/v1/report", conflicting.body)).status).toBe(409);
  expect((await send("/v1/report", sealed(`{"say":"${canary}"}`).body)).status).toBe(400);
  await spoken(
    receiver.url,
    `GET /${canary} HTTP/1.1\r\nHost: ${canary}\r\nConnection: close\r\n\r\n`,
  );
  await spoken(receiver.url, `${canary}\r\n\r\n`);
  await spoken(receiver.url, forwarded("/v1/report"), Buffer.from(canary));
  expect(await ended(receiver, "SIGTERM")).toBe(0);

  const secrets = [address, canary, forged.key.publicKey, conflicting.text];
  const answers = [kept.key.publicKey, gone.key.publicKey, "64-127", "fleet.size"];
  for (const secret of [...secrets, ...answers, "127.0.0.1:"])
    expect(receiver.said().replace(receiver.url, "")).not.toContain(secret);
  const files = filesIn(dataDir);
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) {
    const bytes = readFileSync(file);
    for (const secret of [...secrets, address.split(".").toReversed().join(".")])
      expect(bytes.includes(secret), `${secret} in ${file}`).toBe(false);
  }
  // What is there would be found.
  expect(files.some((file) => readFileSync(file).includes(kept.key.publicKey))).toBe(true);
});

const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, encoding: "utf8" })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile());

test("an address that sends too much is put off, and others are not", async () => {
  const receiver = await start("--rate-per-minute", "3", "--trusted-proxies", "127.0.0.1");
  const from = (address: string) =>
    spoken(
      receiver.url,
      headOf("/v1/report", `Content-Length: 1024\r\nX-Forwarded-For: ${address}\r\n`),
      sealedReport().body,
    );
  // What a sender makes up stands before what the proxy adds.
  const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => from(`192.0.2.${n}, 203.0.113.1`)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(2);
  expect((await from("203.0.113.2")).status).toBe(200);
});

test("connections beyond the bound are closed at once, and make room again", async () => {
  const receiver = await start("--connections-max", "10");
  const { hostname, port } = new URL(receiver.url);
  const open = Array.from({ length: 15 }, () => connectPlain(Number(port), hostname));
  let closed = 0;
  for (const socket of open) socket.on("error", () => undefined).on("close", () => (closed += 1));
  await expect.poll(() => closed).toBe(5);
  for (const socket of open) socket.destroy();
  const { body } = sealedReport();
  await expect.poll(async () => (await posted(receiver.url, "/v1/report", body)).status).toBe(200);
});

test("a bundle carried by hand is taken through the same checks, and twice is once", async () => {
  const receiver = await start("--rate-per-minute", "1");
  const good = Array.from({ length: 40 }, () => sealedReport());
  const bundle = join(folder, "bundle.json");
  const write = (bodies: readonly Buffer[]) =>
    writeFileSync(
      bundle,
      JSON.stringify(
        parser(SharingBundle, "bundle")({ bodies: bodies.map((body) => body.toString("base64")) }),
      ),
    );
  write(good.map(({ body }) => body));
  const importing = ["receive", "import", bundle, "--data-dir", dataDir];
  expect((await tidemark(...importing)).out).toBe("40 taken\n");
  expect((await tidemark(...importing, "--json")).out).toBe(
    '{"accepted":40,"refused":{},"unavailable":0}\n',
  );
  const old = sealedReport({ period: 1 });
  const [first] = good;
  write([Buffer.alloc(100), old.body, first?.body ?? Buffer.alloc(0)]);
  expect(await tidemark(...importing)).toEqual({
    code: 1,
    out: "1 taken, 1 refused: size, 1 refused: period\n",
    err: "tidemark: not every report was taken\n",
  });
  writeFileSync(bundle, "{}");
  expect((await tidemark(...importing)).code).toBe(2);

  await ended(receiver, "SIGTERM");
  write([]);
  expect((await tidemark(...importing)).out).toBe("0 taken\n");
  write([old.body]);
  const { code, err } = await tidemark(...importing);
  expect(code).toBe(1);
  expect(err).toContain("no receiver answers");
});

test("keeps its key and what it knows over a restart; a second on the same data ends", async () => {
  const first = await start();
  const keyOf = async ({ url }: ReceiveProcess) => (await fetch(`${url}/v1/key`)).text();
  const key = await keyOf(first);
  const [kept, gone] = [sealedReport(), sealedReport()];
  const receipt = await posted(first.url, "/v1/report", kept.body);
  await posted(first.url, "/v1/report", gone.body);
  const deletion = await posted(first.url, "/v1/delete", sealedDeletion(gone).body);
  await expect(startReceiveProcess(dataDir)).rejects.toThrow(/another receiver uses this data/);
  expect(await ended(first, "SIGTERM")).toBe(0);

  const again = await start();
  expect(await keyOf(again)).toBe(key);
  expect(await posted(again.url, "/v1/report", kept.body)).toEqual(receipt);
  expect(await posted(again.url, "/v1/delete", sealedDeletion(gone).body)).toEqual(deletion);
  expect((await posted(again.url, "/v1/report", gone.body)).status).toBe(409);
});

test("refuses new reports, not known ones, when it can remember no more", async () => {
  const receiver = await start("--keys-max", "1000", "--rate-per-minute", "100000");
  const reports = Array.from({ length: 1_010 }, () => sealedReport());
  const answers = await Promise.all(
    reports.map(({ body }) => posted(receiver.url, "/v1/report", body)),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1_000);
  expect(answers.filter(({ status }) => status === 503)).toHaveLength(10);
  const taken = reports.findIndex((_, at) => answers[at]?.status === 200);
  const { body = Buffer.alloc(0) } = reports[taken] ?? {};
  expect((await posted(receiver.url, "/v1/report", body)).status).toBe(200);
});

test("a further catalogue from a file is taken beside this program's own", async () => {
  const file = join(folder, "catalogue-7.json");
  const { out } = await tidemark("receive", "catalogue", "--json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(out), version: 7 }));
  const receiver = await start("--catalogues", file);
  for (const [catalogue, status] of [
    [7, 200],
    [1, 200],
    [8, 400],
  ] as const)
    expect(
      (await posted(receiver.url, "/v1/report", sealedReport({ catalogue }).body)).status,
    ).toBe(status);
});

test("every fault of the settings is told at once", async () => {
  const { code, err } = await tidemark(
    ..."receive --check --port 99999 --rate-per-minute many --log-level loud".split(" "),
  );
  expect(code).toBe(2);
  for (const flag of ["--port", "--rate-per-minute", "--log-level"]) expect(err).toContain(flag);
  const files = await tidemark(
    ..."receive --check --tls-key-file key.pem --trusted-proxies 10.0.0.0/99".split(" "),
    ..."--clickhouse-url http://db --clickhouse-password-file".split(" "),
    join(folder, "missing"),
  );
  expect(files.code).toBe(2);
  for (const flag of ["--tls-certificate-file", "--trusted-proxies", "ENOENT"])
    expect(files.err).toContain(flag);
  const fine = await tidemark("receive", "--check", "--json", "--port", "1");
  expect(JSON.parse(fine.out)).toMatchObject({ port: 1, host: "127.0.0.1" });
});

test("over TLS; a renewed certificate is read at SIGHUP, a broken one is not", async () => {
  const { certFile, keyFile } = selfSigned(folder, "first");
  const receiver = await start("--tls-certificate-file", certFile, "--tls-key-file", keyFile);
  expect(receiver.url).toMatch(/^https:/);
  const { body } = sealedReport();
  const status = await new Promise((resolve, reject) => {
    request(
      `${receiver.url}/v1/report`,
      { method: "POST", rejectUnauthorized: false, headers: { "content-length": body.length } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    )
      .once("error", reject)
      .end(body);
  });
  expect(status).toBe(200);
  expect(await nameOn(receiver.url)).toBe("first");
  selfSigned(folder, "second");
  receiver.child.kill("SIGHUP");
  await expect.poll(() => nameOn(receiver.url)).toBe("second");
  writeFileSync(certFile, "broken");
  receiver.child.kill("SIGHUP");
  await expect.poll(receiver.said).toContain("certificate not read");
  expect(await nameOn(receiver.url)).toBe("second");
});

/** Of whom the certificate speaks. */
function nameOn(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(
      { host: hostname, port: Number(port), rejectUnauthorized: false },
      () => {
        resolve(socket.getPeerCertificate().subject.CN);
        socket.destroy();
      },
    );
    socket.once("error", reject);
  });
}
