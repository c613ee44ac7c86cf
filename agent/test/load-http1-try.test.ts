import { gzipSync } from "node:zlib";
import { type LoadPlan, TriedExchange, parser, triedTextMax } from "@tidemark/proto";
import { afterAll, afterEach, expect, test } from "vitest";
import { http1 } from "../src/load/drivers/http1/http1.ts";
import { openAuthority } from "./certificates.ts";
import { planFor } from "./generated.ts";
import { type ContextChange, contextOf } from "./http1-driven.ts";
import { type Answer, type ScriptedServer, startScripted } from "./scripted-server.ts";

const authority = openAuthority();
const good = authority.issue("DNS:localhost,IP:127.0.0.1");
afterAll(() => authority.stop());

const servers: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
async function serve(answer: Answer, secure?: typeof good): Promise<ScriptedServer> {
  const server = await startScripted(answer, "127.0.0.1", secure);
  servers.push(server);
  return server;
}
const parseTried = parser(TriedExchange, "exchange");
async function tryOnce(plan: LoadPlan, change: ContextChange = {}): Promise<TriedExchange> {
  // What comes is what may be sent on: bounds and all.
  return parseTried(
    await http1.tryOnce(
      plan,
      contextOf(plan, () => undefined, change),
    ),
  );
}

test("shows the whole exchange, from the request's line to the body's end", async () => {
  const server = await serve((socket) => {
    socket.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    socket.write(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhé\r\n3\r\nllo\r\n0\r\n\r\n",
    );
  });
  const plan = planFor(server.port, { method: "POST", body: "grüße", identify: false });
  const { timings, ...tried } = await tryOnce(plan);
  expect(tried).toEqual({
    request: `POST / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: 7\r\n\r\ngrüße`,
    response:
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhéllo",
    truncated: false,
    status: 200,
    expected: true,
    error: null,
    address: `127.0.0.1:${server.port}`,
    tls: null,
    remarks: [],
  });
  const { connectedMs, tlsMs, firstByteMs, endMs } = timings;
  expect(tlsMs).toBeNull();
  expect([connectedMs, firstByteMs, endMs]).toEqual(
    [connectedMs, firstByteMs, endMs].sort((left, right) => left! - right!),
  );
  expect(connectedMs).toBeGreaterThan(0);
});

const secrets = {
  password: 'hunter2 "x"',
  token: "t0ken-t0ken",
  key: "con5umer:t0k:s3cr3t",
  body: "in the body",
};

test.each<[string, Partial<LoadPlan>]>([
  ["basic", { auth: { kind: "basic", username: "me", passwordSecret: "password" } }],
  ["bearer", { auth: { kind: "bearer", tokenSecret: "token" } }],
  ["OAuth", { auth: { kind: "oauth1", keySecret: "key" } }],
  [
    "path, header and body",
    {
      method: "POST",
      requests: [{ weight: 1, path: "/{{secret.password}}?{{secret.token}}" }],
      headers: [{ name: "X", value: "{{secret.token}}" }],
      body: "{{secret.body}}{{secret.password}}",
    },
  ],
])(
  "no secret of %s is shown, though the server sends all of it back as text, JSON and base64",
  async (_, change) => {
    const server = await serve((socket) => {
      // All that came, four times over, in a body of text, with the secret's own forms besides.
      const echo = server.received();
      const body = [
        echo,
        JSON.stringify(echo),
        ...Object.values(secrets).flatMap((value) => [
          value,
          JSON.stringify(value),
          encodeURIComponent(value),
          btoa(value),
        ]),
        btoa(`me:${secrets.password}`),
      ].join("\n");
      socket.write(
        `HTTP/1.1 200 OK\r\nX-Echo: ${JSON.stringify(echo)}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    });
    const plan = planFor(server.port, change);
    const tried = await tryOnce(plan, { secrets });
    const used = Object.entries(secrets).filter(
      ([name]) =>
        JSON.stringify(change).includes(`"${name}"`) ||
        JSON.stringify(change).includes(`secret.${name}`),
    );
    expect(used.length).toBeGreaterThan(0);
    const shown = JSON.stringify(tried);
    for (const [name, value] of used) {
      expect(tried.request).toContain(`{{secret.${name}}}`);
      expect(tried.response).toContain(`{{secret.${name}}}`);
      for (const form of [
        value,
        ...value.split(":"),
        JSON.stringify(value).slice(1, -1),
        encodeURIComponent(value),
        btoa(value),
      ])
        expect(shown).not.toContain(form);
    }
    if (change.auth?.kind === "basic") expect(shown).not.toContain(btoa(`me:${secrets.password}`));
  },
);

test("no secret is shown that chunks, a cut or bytes of no text hide", async () => {
  const { token } = secrets;
  const plan = (port: number) => planFor(port, { auth: { kind: "bearer", tokenSecret: "token" } });
  const chunked = await serve((socket) => {
    socket.write(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n${token.slice(0, 5)}\r\n6\r\n${token.slice(5)}\r\n0\r\n\r\n`,
    );
  });
  expect((await tryOnce(plan(chunked.port), { secrets })).response).toMatch(
    /\r\n\r\n\{\{secret\.token\}\}$/,
  );
  const binary = await serve((socket) => {
    socket.write(
      `HTTP/1.1 200 OK\r\nContent-Length: ${token.length + 10}\r\n\r\n\0\u0001aaaaaaaa${token}`,
    );
  });
  const dumped = (await tryOnce(plan(binary.port), { secrets })).response;
  expect(dumped).toContain("{{secr");
  expect(dumped).not.toContain(Buffer.from("t0ken").toString("hex").replace(/../g, "$& "));
  for (let shift = 0; shift < token.length; shift += 1) {
    const long = "x".repeat(triedTextMax + 16_384 - shift) + token + "y".repeat(100);
    const server = await serve(
      (socket) =>
        void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${long.length}\r\n\r\n${long}`),
    );
    const tried = await tryOnce(plan(server.port), { secrets });
    expect(tried.truncated).toBe(true);
    expect(tried.response).not.toContain("t0");
  }
});

test("shows bytes that are no text as a dump, and says that a body is compressed", async () => {
  const body = gzipSync("hello");
  const server = await serve((socket) => {
    socket.write(
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
  });
  const { response, remarks } = await tryOnce(planFor(server.port));
  expect(response).toMatch(/\n000000  1f 8b 08 .*\n000010 .*\n\(25 bytes that are no text\)\n$/);
  expect(remarks).toEqual([expect.stringContaining("compressed")]);
});

test("cuts what is too long to show, and reads it to its end all the same", async () => {
  const server = await serve((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 300003\r\n\r\n${"y".repeat(300_000)}end`);
  });
  const tried = await tryOnce(planFor(server.port, { expect: { body: "end" } }));
  expect(tried).toMatchObject({ truncated: true, status: 200, expected: true });
  expect(tried.response).toHaveLength(triedTextMax);
});

test("shows TLS, and says when it was not checked", async () => {
  const server = await serve(
    (socket) => void socket.write("HTTP/1.1 204 No Content\r\n\r\n"),
    good,
  );
  const target = `https://localhost:${server.port}/`;
  const endpoint = { address: "127.0.0.1", port: server.port };
  const checked = await tryOnce(planFor(server.port, { target, tls: { ca: authority.ca } }), {
    endpoint,
  });
  expect(checked.tls).toEqual({
    protocol: "TLSv1.3",
    cipher: expect.stringMatching(/^TLS_/),
    subject: "CN=one",
    issuer: "CN=test authority",
    validToMs: expect.any(Number),
    verified: true,
  });
  const { connectedMs, tlsMs, firstByteMs } = checked.timings;
  expect(tlsMs).toBeGreaterThan(connectedMs!);
  expect(firstByteMs).toBeGreaterThan(tlsMs!);
  const unchecked = await tryOnce(planFor(server.port, { target, tls: { skipVerify: true } }), {
    endpoint,
  });
  expect(unchecked.tls?.verified).toBe(false);
  expect(unchecked.remarks).toEqual([expect.stringContaining("not checked")]);
  const refused = await tryOnce(planFor(server.port, { target }), { endpoint });
  expect(refused).toMatchObject({ status: null, expected: false, tls: null, response: "" });
  expect(refused.error).toMatch(/^TLS failed: /);
});

test("tells of redirects on the way", async () => {
  const server = await serve((socket, index) => {
    socket.write(
      index < 2
        ? `HTTP/1.1 302 Found\r\nLocation: /${index}\r\nContent-Length: 0\r\n\r\n`
        : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    );
  });
  const at = `http://127.0.0.1:${server.port}`;
  const tried = await tryOnce(planFor(server.port, { redirectsMax: 2 }));
  expect(tried).toMatchObject({ status: 404, expected: false });
  expect(tried.remarks).toEqual([`302 led to ${at}/0`, `302 led to ${at}/1`]);
});

test("tells of a redirect that was not followed", async () => {
  const server = await serve(
    (socket) =>
      void socket.write(
        "HTTP/1.1 302 Found\r\nLocation: http://other.test/\r\nContent-Length: 0\r\n\r\n",
      ),
  );
  const tried = await tryOnce(planFor(server.port, { redirectsMax: 2 }));
  expect(tried).toMatchObject({ status: 302, expected: false, error: null });
  expect(tried.remarks).toEqual(["a redirect was not followed: other.test: nowhere else"]);
});

test.each<[string, Answer, RegExp]>([
  ["says nothing", () => undefined, /^timeout: no response came/],
  [
    "stops halfway",
    (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal"),
    /^timeout: the response did not end/,
  ],
  [
    "closes halfway",
    (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal"),
    /^closed: the response did not end/,
  ],
  ["closes", (socket) => void socket.end(), /^closed: no response came/],
  ["resets", (socket) => void socket.resetAndDestroy(), /^ECONNRESET/],
  ["speaks something else", (socket) => void socket.write("SSH-2.0-OpenSSH\r\n"), /^malformed/],
])("tells of a server that %s, with what did come", async (_, answer, error) => {
  const server = await serve(answer);
  const tried = await tryOnce(planFor(server.port, { timeoutMs: 200 }));
  expect(tried).toMatchObject({ status: null, expected: false });
  expect(tried.error).toMatch(error);
  expect(tried.timings.endMs).toBeNull();
});

test("tells of a connection that is refused", async () => {
  const server = await serve(() => undefined);
  await server.stop();
  const tried = await tryOnce(planFor(server.port));
  expect(tried.error).toMatch(/^ECONNREFUSED/);
  expect(tried.timings).toEqual({ connectedMs: null, tlsMs: null, firstByteMs: null, endMs: null });
});
