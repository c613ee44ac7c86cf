// Reads who asks from a request: a session cookie or a bearer token. The bearer wins when both are sent.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Role } from "@tidemark/proto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { localUser } from "../local-access.ts";
import type { ApiTokens } from "../state/api-tokens.ts";
import type { Sessions } from "../state/sessions.ts";

export interface Caller {
  readonly user: string;
  readonly role: Role;
  readonly credential:
    | { readonly kind: "session"; readonly secret: string; readonly expiresAtMs: number }
    | { readonly kind: "token"; readonly secret: string };
}

export type ReadCaller = (request: FastifyRequest) => Promise<Caller | undefined>;

export interface CredentialStores {
  readonly sessions: Sessions;
  readonly apiTokens: ApiTokens;
  /** The secret in the hub's data directory: whoever can read that file administers the hub. */
  readonly localSecret: string;
}

/** A function that finds the caller of a request. */
export function callerReader(stores: CredentialStores): ReadCaller {
  return async (request) => {
    const bearer = bearerOf(request.headers.authorization);
    if (bearer !== undefined) return callerOfToken(bearer, stores);
    const secret = request.cookies[cookieName(request)];
    return secret === undefined ? undefined : callerOfSession(secret, stores.sessions);
  };
}

/** Whether a caller's credential still counts; asked again while a stream stays open. */
export async function stillValid(caller: Caller, stores: CredentialStores): Promise<boolean> {
  const { credential } = caller;
  const found =
    credential.kind === "session"
      ? await callerOfSession(credential.secret, stores.sessions)
      : await callerOfToken(credential.secret, stores);
  return found !== undefined;
}

const secretLengthMax = 256;

function bearerOf(header: string | undefined): string | undefined {
  const match = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? "");
  const secret = match?.[1];
  return secret !== undefined && secret.length <= secretLengthMax ? secret : undefined;
}

async function callerOfToken(
  secret: string,
  stores: CredentialStores,
): Promise<Caller | undefined> {
  const credential = { kind: "token", secret } as const;
  if (sameText(secret, stores.localSecret)) return { user: localUser, role: "admin", credential };
  const owner = await stores.apiTokens.verify(secret);
  return owner === undefined ? undefined : { user: owner.user, role: owner.role, credential };
}

async function callerOfSession(secret: string, sessions: Sessions): Promise<Caller | undefined> {
  if (secret.length > secretLengthMax) return undefined;
  const session = await sessions.verify(secret);
  if (session === undefined) return undefined;
  const { user, role, expiresAtMs } = session;
  return { user, role, credential: { kind: "session", secret, expiresAtMs } };
}

const digest = (text: string) => createHash("sha256").update(text).digest();
const sameText = (left: string, right: string) => timingSafeEqual(digest(left), digest(right));

/** Browsers keep cookies by host, not by port: two hubs side by side need two names. `__Host-` pins it to this very host over TLS. */
function cookieName(request: FastifyRequest): string {
  const name = `tidemark-${request.socket.localPort ?? 0}`;
  return request.protocol === "https" ? `__Host-${name}` : name;
}

export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  secret: string,
  expiresAtMs: number,
): void {
  reply.setCookie(cookieName(request), secret, {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: request.protocol === "https",
    expires: new Date(expiresAtMs),
  });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(cookieName(request), {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: request.protocol === "https",
  });
}
