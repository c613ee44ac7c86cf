// A hub to develop and test the UI against: proto's API over generated, seeded data, with empty, failing and slow modes.
// `node test/mock-hub.ts [--hosts 1000] [--port 8479] [--open] [--mode slow]` serves ui/dist too; any user with the password "tide" signs in,
// "viewer" and "operator" with those roles; --open needs no sign-in.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type {
  Agent,
  EnrolmentTokenList,
  NewRun,
  NewToken,
  Role,
  RunEdit,
  Session,
  SignIn,
  Token,
} from "@tidemark/proto";
import { empty, json, problem, serveFile } from "./mock/answers.ts";
import { fleetOf, inventoryOf, makeAgents, noticesOf, processesOf } from "./mock/fleet.ts";
import { rejectionsOf, statusOf } from "./mock/hub-status.ts";
import { openJudgeDesk } from "./mock/judge-desk.ts";
import { rangeOf, samplesOf } from "./mock/range.ts";
import { openPlanDesk } from "./mock/plan-desk.ts";
import { openRunDesk } from "./mock/run-desk.ts";
import { openSharingDesk, type SharingDesk } from "./mock/sharing-desk.ts";

/** error: every read but the session fails. slow: answers take their time. empty: a hub that was just started. */
const modes = ["normal", "empty", "error", "slow"] as const;
export type MockMode = (typeof modes)[number];

export interface MockHub {
  readonly url: string;
  mode: MockMode;
  /** How many requests came, by method and path. */
  readonly asked: Map<string, number>;
  /** Its lock and its receiver can be set. */
  readonly sharing: SharingDesk;
  endSessions(): void;
  /** Runs under way complete with their next second. */
  finishRuns(): void;
  /** Changes an agent's state and tells the streams. */
  setState(index: number, state: Agent["state"]): Agent;
  stop(): Promise<void>;
}

export interface MockOptions {
  readonly hosts: number;
  readonly port?: number;
  readonly open?: boolean;
  /** The built UI to serve; ui/dist without it. */
  readonly dist?: string;
}

interface Exchange {
  readonly url: URL;
  readonly parts: readonly string[];
  readonly body: unknown;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly session: Session | undefined;
}

const slowMs = 500;
const password = "tide";

export async function startMockHub(options: MockOptions): Promise<MockHub> {
  const startedAtMs = Date.now();
  const dist = options.dist ?? join(import.meta.dirname, "../dist");
  let agents = makeAgents(options.hosts, startedAtMs);
  const sessions = new Map<string, Session>();
  const tokens: Token[] = [
    {
      id: "t1",
      name: "grafana import",
      role: "viewer",
      createdAtMs: startedAtMs - 9e8,
      createdBy: "admin",
      expiresAtMs: null,
      lastUsedAtMs: startedAtMs - 4e5,
    },
  ];
  let enrolments: EnrolmentTokenList["items"] = [
    {
      id: "e1",
      labels: { role: "rack", zone: "ams-1" },
      createdBy: "admin",
      createdAtMs: startedAtMs - 3e5,
      expiresAtMs: startedAtMs + 33e5,
    },
  ];
  const streams = new Set<{ path: string; agents: readonly string[]; response: ServerResponse }>();
  const asked = new Map<string, number>();
  let mode: MockMode = "normal";

  const emit = (stream: { response: ServerResponse }, event: string, value: unknown) =>
    stream.response.write(`event: ${event}\ndata: ${JSON.stringify(value)}\n\n`);
  const every = setInterval(() => {
    // Of a hub that was just started no host has sent anything: a window without samples stays one.
    if (mode === "empty") return;
    const now = Math.floor(Date.now() / 1_000);
    for (const stream of streams)
      for (const agent of stream.agents) emit(stream, "samples", samplesOf(agent, now));
  }, 1_000);

  const desk = openRunDesk({
    agents: () => agents,
    tell: (path, event, value) => {
      for (const stream of streams) if (stream.path === path) emit(stream, event, value);
    },
  });

  const plans = openPlanDesk(agents.length > 0, desk.runs);
  const askPlans = ({ url, parts, body, request, response, session }: Exchange) =>
    plans.answer({
      method: request.method ?? "GET",
      parts,
      query: url.searchParams,
      body,
      user: session?.user ?? "admin",
      isEmpty: mode === "empty",
      response,
    });
  const judge = openJudgeDesk({ runs: () => desk.runs(), startedAtMs });
  const sharing = openSharingDesk(startedAtMs);
  const askSharing = ({ url, parts, body, request, response, session }: Exchange) =>
    sharing.answer({
      method: request.method ?? "GET",
      what: parts[1],
      query: url.searchParams,
      body,
      user: session?.user ?? "admin",
      isEmpty: mode === "empty",
      response,
    });

  const agentOf = (id: string | undefined) => agents.find((agent) => agent.id === id);
  const present = () => (mode === "empty" ? [] : agents);

  function answerRead(exchange: Exchange): void {
    const { url, parts, request, response } = exchange;
    const [kind, id, what] = parts;
    const query = url.searchParams;
    if (kind === "live" || what === "live")
      return openStream(request, response, parts, query.getAll("agent"));
    if (mode === "error")
      return problem(response, "unavailable", "the database does not answer: connection refused");
    if (kind === "sharing") return askSharing(exchange);
    if (askPlans(exchange)) return;
    if (kind === "fleet") return json(response, fleetOf(present(), Date.now()));
    if (kind === "agents" && id === undefined)
      return json(response, { items: present(), nextCursor: null, total: present().length });
    if (kind === "agents") {
      const agent = agentOf(id);
      if (!agent) return problem(response, "not-found", `there is no agent ${id}`);
      if (what === undefined) return json(response, agent);
      if (mode === "empty" && what !== "notices")
        return problem(response, "not-found", `agent ${id} has sent no ${what} yet`);
      if (what === "inventory") return json(response, inventoryOf(agent, startedAtMs));
      if (what === "processes")
        return json(response, processesOf(agent.id, Number(query.get("atMs") ?? Date.now())));
      if (what === "notices")
        return json(response, mode === "empty" ? { items: [] } : noticesOf(startedAtMs));
    }
    if (kind === "query") {
      const answer = rangeOf(
        query.get("agent") ?? "",
        query.getAll("metric"),
        Number(query.get("from")),
        Number(query.get("to")),
        Number(query.get("points") ?? 600),
      );
      return json(response, mode === "empty" ? { ...answer, series: [] } : answer);
    }
    if (kind === "runs" && id === undefined)
      return mode === "empty"
        ? json(response, { items: [], nextCursor: null })
        : desk.list(response, query);
    if (kind === "runs") return desk.read(response, id ?? "", what, query.get("agent"));
    if (judge.read(response, url, parts, mode === "empty")) return;
    if (kind === "status") return json(response, statusOf(present(), startedAtMs));
    if (kind === "rejections")
      return json(response, { items: mode === "empty" ? [] : rejectionsOf(agents, startedAtMs) });
    if (kind === "tokens") return json(response, { items: mode === "empty" ? [] : tokens });
    if (kind === "enrolment-tokens")
      return json(response, { items: mode === "empty" ? [] : enrolments });
    problem(response, "not-found", `there is no ${url.pathname}`);
  }

  function answerWrite(exchange: Exchange): void {
    const { url, parts, body, request, response, session } = exchange;
    if (askPlans(exchange)) return;
    const [kind, id, what] = parts;
    const user = session?.user ?? "admin";
    if (kind === "sharing")
      return session?.role === "admin"
        ? askSharing(exchange)
        : problem(response, "forbidden", "this needs the role admin");
    if (kind === "enrolment-tokens" && request.method === "DELETE") {
      enrolments = enrolments.filter((each) => each.id !== id);
      return empty(response);
    }
    if (kind === "enrolment-tokens")
      return json(
        response,
        {
          token: "tme_4Zk9QxVb2mR7",
          expiresAtMs: Date.now() + 3_600_000,
          command: `bash -c 'read -rsp "Token: " token && printf %s "$token"' | tidemark-agent enroll --hub ${url.origin} --token-file -`,
        },
        201,
      );
    if (kind === "agents") {
      const agent = agentOf(id);
      if (!agent) return problem(response, "not-found", `there is no agent ${id}`);
      const change: Partial<Agent> =
        request.method === "DELETE" ? { state: "revoked" } : (body as Partial<Agent>);
      const changed = { ...agent, ...change };
      agents = agents.map((each) => (each.id === id ? changed : each));
      return request.method === "DELETE" ? empty(response) : json(response, changed);
    }
    if (kind === "runs" && what === "cancel") return desk.cancel(response, id ?? "", user);
    if (kind === "runs" && id === "try") return desk.tryOnce(response, body as NewRun);
    if (kind === "runs" && request.method === "PATCH")
      return desk.rename(response, id ?? "", body as RunEdit);
    if (judge.write(response, request, parts, body, user)) return;
    if (kind === "runs") return desk.start(response, body as NewRun, user);
    if (kind === "tokens" && request.method === "DELETE") {
      tokens.splice(
        tokens.findIndex((token) => token.id === id),
        1,
      );
      return empty(response);
    }
    if (kind === "tokens") {
      const input = body as NewToken;
      const token: Token = {
        id: `t${tokens.length + 1}`,
        name: input.name,
        role: input.role,
        createdAtMs: Date.now(),
        createdBy: user,
        expiresAtMs: input.expiresInDays === null ? null : Date.now() + input.expiresInDays * 864e5,
        lastUsedAtMs: null,
      };
      tokens.push(token);
      return json(response, { token, secret: "tmk_8sJ2kQvWz1Xb7LmN0pRt" }, 201);
    }
    problem(response, "not-found", `there is no ${url.pathname}`);
  }

  function answerSession({ request, response, body, session }: Exchange): void {
    if (request.method === "GET")
      return session ? json(response, session) : problem(response, "not-signed-in", "no session");
    if (request.method === "DELETE") {
      sessions.delete(cookieOf(request));
      return empty(response);
    }
    const { user, password: given } = body as SignIn;
    if (given !== password)
      return problem(response, "wrong-credentials", "user and password do not belong together");
    const role: Role = user === "viewer" || user === "operator" ? user : "admin";
    const opened = { user, role, expiresAtMs: Date.now() + 8 * 3_600_000 };
    const secret = String(sessions.size + 1);
    sessions.set(secret, opened);
    response.setHeader("set-cookie", `session=${secret}; HttpOnly; SameSite=Strict; Path=/`);
    json(response, opened);
  }

  function openStream(
    request: IncomingMessage,
    response: ServerResponse,
    parts: readonly string[],
    watched: readonly string[],
  ): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write("retry: 500\n\n");
    const stream = { path: `/${parts.join("/")}`, agents: watched, response };
    streams.add(stream);
    request.on("close", () => streams.delete(stream));
  }

  const server = createServer((request, response) => {
    void answer(request, response);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
    if (!url.pathname.startsWith("/api/v1/")) return serveFile(dist, url.pathname, response);
    const parts = url.pathname.slice("/api/v1/".length).split("/");
    const key = `${request.method ?? ""} ${url.pathname}`;
    asked.set(key, (asked.get(key) ?? 0) + 1);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown =
      chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const session = options.open
      ? { user: "admin", role: "admin" as const, expiresAtMs: startedAtMs + 8 * 3_600_000 }
      : sessions.get(cookieOf(request));
    const exchange = { url, parts, body, request, response, session };
    if (mode === "slow") await new Promise((resolve) => setTimeout(resolve, slowMs));
    if (parts[0] === "session") return answerSession(exchange);
    if (!session) return problem(response, "not-signed-in", "sign in first");
    if (request.method === "GET") return answerRead(exchange);
    if (session.role === "viewer") return problem(response, "forbidden", "a viewer may only read");
    answerWrite(exchange);
  }

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get mode() {
      return mode;
    },
    set mode(next) {
      mode = next;
    },
    asked,
    sharing,
    endSessions: () => {
      sessions.clear();
      for (const stream of streams) stream.response.end();
    },
    finishRuns: () => desk.finish(),
    setState(index, state) {
      const agent = agents[index];
      if (!agent) throw new RangeError(`there is no agent ${index}`);
      const changed = { ...agent, state };
      agents = agents.with(index, changed);
      for (const stream of streams) if (stream.path === "/live") emit(stream, "agents", changed);
      return changed;
    },
    async stop() {
      clearInterval(every);
      desk.stop();
      for (const stream of streams) stream.response.end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const cookieOf = (request: IncomingMessage) =>
  /session=(\d+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      hosts: { type: "string", default: "1000" },
      port: { type: "string", default: "8479" },
      open: { type: "boolean", default: false },
      mode: { type: "string", default: "normal" },
    },
  });
  const hub = await startMockHub({
    hosts: Number(values.hosts),
    port: Number(values.port),
    open: values.open,
  });
  hub.mode = modes.find((mode) => mode === values.mode) ?? "normal";
  console.log(`mock hub at ${hub.url}, password "${password}"`);
}
