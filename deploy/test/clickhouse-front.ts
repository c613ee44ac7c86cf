// Test only: ClickHouse's HTTP interface over chDB, so that the store's tests go through real HTTP where no ClickHouse
// server is installed. Run as a process (chDB allows one folder a process): prints `{"port"}` when it listens, stops on
// SIGTERM. Knows what @clickhouse/client sends: query in the body or the URL, param_*, settings, Native bodies, Basic auth.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timingSafeEqual } from "node:crypto";
import { Session } from "chdb";

const bodyBytesMax = 256_000_000;
/** Settings of a request that the engine is given; those of the HTTP layer mean nothing here. */
const engineSettings = ["max_execution_time", "max_memory_usage"] as const;

const folder = mkdtempSync(join(tmpdir(), "tidemark-front-"));
const session = new Session(join(folder, "data"));
const expected = Buffer.from(
  `Basic ${Buffer.from(`${process.env["FRONT_USER"]}:${process.env["FRONT_PASSWORD"]}`).toString("base64")}`,
);
let bodies = 0;
let previous: Promise<unknown> = Promise.resolve();

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://front");
  if (url.pathname === "/ping") {
    response.end("Ok.\n");
    return;
  }
  if (!isAuthorised(request)) {
    refuse(
      response,
      403,
      516,
      "Authentication failed: password is incorrect (AUTHENTICATION_FAILED)",
    );
    return;
  }
  const answered = bodyOf(request)
    .then((body) => inTurn(() => run(url.searchParams, body)))
    .then(
      (bytes) => response.end(bytes),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        const code = Number(/Code: (\d+)/.exec(message)?.[1] ?? 1001);
        refuse(response, code === 60 || code === 81 ? 404 : 500, code, message);
      },
    );
  void answered;
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});
process.once("SIGTERM", stop);
// The test that started it is gone.
process.stdin.on("close", stop).resume();

function stop(): void {
  server.closeAllConnections();
  server.close();
  void previous.finally(() => {
    session.close();
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
}

function isAuthorised(request: IncomingMessage): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  response.writeHead(status, { "X-ClickHouse-Exception-Code": String(code) });
  response.end(message.startsWith("Code:") ? message : `Code: ${code}. DB::Exception: ${message}`);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > bodyBytesMax) throw new Error("Code: 1001. DB::Exception: body too large");
  }
  return Buffer.concat(chunks);
}

/** A session is serial and keeps what is SET, so requests take turns. */
function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const result = previous.then(task);
  previous = result.catch(() => undefined);
  return result;
}

async function run(parameters: URLSearchParams, body: Buffer): Promise<Uint8Array> {
  const statement = parameters.get("query");
  const prelude = [`USE ${identifier(parameters.get("database") ?? "default")}`];
  for (const name of engineSettings)
    prelude.push(`SET ${name} = ${Number(parameters.get(name) ?? 0)}`);
  for (const [name, value] of parameters)
    if (name.startsWith("param_")) prelude.push(`SET ${name} = ${literal(value)}`);
  for (const sql of prelude) await session.queryAsync(sql);
  const format = parameters.get("default_format") ?? "TabSeparated";
  if (statement === null)
    return (await session.queryAsync(body.toString("utf8"), { format })).bytes();
  if (body.length === 0) return (await session.queryAsync(statement, { format })).bytes();
  return await insert(statement, body);
}

/** `INSERT INTO t [SETTINGS …] FORMAT F` with the rows in the body: the body becomes a file that the engine reads. */
async function insert(statement: string, body: Buffer): Promise<Uint8Array> {
  const match = /^(INSERT INTO .+?)\s*(SETTINGS .+?)?\s*FORMAT\s+(\w+)\s*$/s.exec(statement);
  if (match === null)
    throw new Error("Code: 62. DB::Exception: Syntax error: not an INSERT (SYNTAX_ERROR)");
  const [, into, settings = "", format] = match;
  bodies += 1;
  const file = join(folder, `${bodies}.body`);
  writeFileSync(file, body);
  try {
    const sql = `${into} FROM INFILE ${literal(file)} ${settings} FORMAT ${format}`;
    return (await session.queryAsync(sql)).bytes();
  } finally {
    rmSync(file, { force: true });
  }
}

function identifier(name: string): string {
  return `\`${name.replaceAll("`", "")}\``;
}

function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
