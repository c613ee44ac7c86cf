// The CLI's side of the HTTP API. The token comes from the environment or from the hub's data directory, never from the
// arguments, which every user of the machine can read.
import { readFileSync } from "node:fs";
import { Problem, parser } from "@tidemark/proto";
import type { Static, TSchema } from "typebox";
import { CommandFailed, InputWrong } from "../errors.ts";
import { LocalAccess, localAccessFile } from "../local-access.ts";

export interface HubClient {
  readonly url: string;
  get<S extends TSchema>(path: string, reply: S, query?: URLSearchParams): Promise<Static<S>>;
  /** A document that is no JSON of the API's. */
  text(path: string, query: URLSearchParams): Promise<string>;
  /** `reply` is Type.Null() where the hub answers with nothing. */
  send<S extends TSchema>(
    method: "POST" | "PATCH" | "PUT" | "DELETE",
    path: string,
    reply: S,
    body?: unknown,
  ): Promise<Static<S>>;
  /** Server-sent events until the hub ends the stream. */
  events(path: string, signal: AbortSignal): AsyncGenerator<{ event: string; data: unknown }>;
}

const parseProblem = parser(Problem, "answer");
const parseLocal = parser(LocalAccess, "local access file");
const timeoutMs = 30_000;

/** Finds the hub; throws CommandFailed when the environment does not say where it is. */
export function connect(env: Readonly<Record<string, string | undefined>>): HubClient {
  const { url, token } = findHub(env);

  async function ask(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${token}`);
    const response = await fetch(`${url}/api/v1${path}`, { ...init, headers }).catch(
      (cause: unknown) => {
        throw new CommandFailed(`the hub at ${url} does not answer: is it running?`, { cause });
      },
    );
    if (!response.ok) throw await refusalIn(response);
    return response;
  }

  return {
    url,
    async get(path, reply, query) {
      const search = query === undefined || query.size === 0 ? "" : `?${query.toString()}`;
      const response = await ask(`${path}${search}`, { signal: AbortSignal.timeout(timeoutMs) });
      return parser(reply, `answer to ${path}`)(await response.json());
    },
    async text(path, query) {
      const signal = AbortSignal.timeout(timeoutMs);
      return await (await ask(`${path}?${query.toString()}`, { signal })).text();
    },
    async send(method, path, reply, body) {
      const response = await ask(path, {
        method,
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      const answer: unknown = response.status === 204 ? null : await response.json();
      return parser(reply, `answer to ${path}`)(answer);
    },
    async *events(path, signal) {
      const response = await ask(path, { signal });
      if (response.body !== null) yield* parseEvents(response.body);
    },
  };
}

function findHub(env: Readonly<Record<string, string | undefined>>): {
  url: string;
  token: string;
} {
  const url = env["TIDEMARK_URL"]?.replace(/\/+$/, "");
  const token = env["TIDEMARK_TOKEN"];
  if (url !== undefined && token !== undefined) return { url, token };
  if (token !== undefined || url !== undefined)
    throw new CommandFailed("set both TIDEMARK_URL and TIDEMARK_TOKEN");
  const path = localAccessFile(env["TIDEMARK_DATA_DIR"] ?? "/var/lib/tidemark");
  try {
    return parseLocal(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new CommandFailed(
      "no hub found: set TIDEMARK_URL and TIDEMARK_TOKEN, or TIDEMARK_DATA_DIR to the data directory of a hub that runs here",
      { cause },
    );
  }
}

async function refusalIn(response: Response): Promise<CommandFailed> {
  const body: unknown = await response.json().catch(() => undefined);
  try {
    const { code, field, detail } = parseProblem(body);
    // A reason may leave it to the field to say what it is about.
    const text = field === undefined || detail.includes(field) ? detail : `${field}: ${detail}`;
    return code === "invalid-request" ? new InputWrong(text) : new CommandFailed(text);
  } catch {
    return new CommandFailed(
      `the hub answered ${response.status}, and not as a hub does: is TIDEMARK_URL right?`,
    );
  }
}

async function* parseEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ event: string; data: unknown }> {
  const decoder = new TextDecoder();
  let buffered = "";
  for await (const chunk of body) {
    buffered += decoder.decode(chunk, { stream: true });
    const messages = buffered.split("\n\n");
    buffered = messages.pop() ?? "";
    for (const message of messages) {
      const event = /^event: (.*)$/m.exec(message)?.[1];
      const data = /^data: (.*)$/m.exec(message)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}
