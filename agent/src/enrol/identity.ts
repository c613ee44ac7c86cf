// Who this agent is: its id, the nkey seed that never leaves the host, the JWT the hub gave for it, where the broker is, and the
// key that signs tasks. One file, mode 0600, replaced in one step.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { fromSeed } from "@nats-io/nkeys";
import { type AgentId, isAgentId } from "@tidemark/proto";
import { IdentityRejected } from "../errors.ts";

export interface Identity {
  readonly agent: AgentId;
  /** nkey seed, S…; a secret. */
  readonly seed: string;
  readonly jwt: string;
  readonly brokerUrls: readonly string[];
  /** ed25519 public key, raw 32 bytes, base64. */
  readonly taskKey: string;
}

export const identityPath = (dataDir: string) => join(dataDir, "identity.json");

export const hasIdentity = (dataDir: string) => existsSync(identityPath(dataDir));

/** Throws IdentityRejected: missing, readable by others, or not what enrolment wrote. */
export function readIdentity(dataDir: string): Identity {
  const path = identityPath(dataDir);
  if (!existsSync(path))
    throw new IdentityRejected(
      `this host is not enrolled: ${path} is missing; run tidemark-agent enroll`,
    );
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0)
    throw new IdentityRejected(
      `${path} is open to others (mode ${mode.toString(8)}); run chmod 600 on it`,
    );
  const identity = parseIdentity(readFileSync(path, "utf8"));
  if (identity === undefined)
    throw new IdentityRejected(`${path} is damaged; run tidemark-agent enroll --replace`);
  return identity;
}

/** Writes, syncs and renames: after a power cut there is the old identity or the new one. Throws the file system's error. */
export function writeIdentity(dataDir: string, identity: Identity): void {
  const path = identityPath(dataDir);
  const temporary = `${path}.new`;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  rmSync(temporary, { force: true });
  const fd = openSync(temporary, "wx", 0o600);
  try {
    writeSync(fd, `${JSON.stringify(identity, undefined, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}

/** Why `jwt` cannot be this identity's; `undefined` when it is a user JWT for its key. The broker checks the signature. */
export function jwtFault(identity: Identity, jwt: string): string | undefined {
  const [, claims, signature, ...rest] = jwt.split(".");
  if (claims === undefined || signature === undefined || rest.length > 0) return "it is not a JWT";
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
  } catch {
    return "its claims are not JSON";
  }
  if (typeof value !== "object" || value === null || !("sub" in value)) return "it has no subject";
  const publicKey = fromSeed(Buffer.from(identity.seed)).getPublicKey();
  return value.sub === publicKey ? undefined : "it is for another key";
}

// By hand: this is read at every start, and a schema library would outweigh the file's reader a thousandfold.
function parseIdentity(text: string): Identity | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (!("agent" in value && "seed" in value && "jwt" in value)) return undefined;
  if (!("brokerUrls" in value && "taskKey" in value)) return undefined;
  const { agent, seed, jwt, brokerUrls, taskKey } = value;
  if (typeof agent !== "string" || !isAgentId(agent)) return undefined;
  if (typeof seed !== "string" || typeof jwt !== "string" || typeof taskKey !== "string")
    return undefined;
  if (!Array.isArray(brokerUrls) || brokerUrls.length === 0) return undefined;
  const urls = brokerUrls.filter((url): url is string => typeof url === "string");
  if (urls.length !== brokerUrls.length || Buffer.from(taskKey, "base64").length !== 32)
    return undefined;
  try {
    fromSeed(Buffer.from(seed));
  } catch {
    return undefined;
  }
  return { agent, seed, jwt, brokerUrls: urls, taskKey };
}
