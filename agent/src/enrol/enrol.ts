// Makes this host an agent of a hub: a key pair here, a one-time token there. Only the public key and a signature travel.
import { createUser } from "@nats-io/nkeys";
import {
  type Enrolled,
  Enrolled as EnrolledSchema,
  MessageRejected,
  isAgentId,
  jsonParser,
} from "@tidemark/proto";
import { EnrolmentFailed } from "../errors.ts";
import { type Identity, hasIdentity, identityPath, jwtFault, writeIdentity } from "./identity.ts";
import { type Answer, post } from "./post.ts";

export interface EnrolOptions {
  /** http:// or https:// address of the hub. */
  readonly hub: string;
  readonly token: string;
  /** What the agent is called until somebody renames it. */
  readonly name: string;
  readonly dataDir: string;
  readonly replace: boolean;
  /** A PEM file with the authority that signed the hub's certificate. */
  readonly caFile: string | undefined;
  readonly timeoutMs: number;
}

const parseEnrolled = jsonParser(EnrolledSchema, "the hub's reply");

/** Enrols and writes the identity; throws EnrolmentFailed with what to do about it. */
export async function enrol(options: EnrolOptions): Promise<Identity> {
  const { hub, token, name, dataDir } = options;
  if (hasIdentity(dataDir) && !options.replace)
    throw new EnrolmentFailed(
      `this host is enrolled already (${identityPath(dataDir)}); pass --replace to enrol it anew`,
    );
  const pair = createUser();
  const signature = Buffer.from(pair.sign(Buffer.from(`tidemark-enrol:${token}`))).toString(
    "base64url",
  );
  const answer = await post(
    enrolUrl(hub),
    JSON.stringify({ token, publicKey: pair.getPublicKey(), signature, name }),
    options,
  );
  const reply = accepted(answer, hub);
  if (!isAgentId(reply.agent)) throw new EnrolmentFailed(`${hub} gave an agent id that is none`);
  const identity: Identity = {
    agent: reply.agent,
    seed: Buffer.from(pair.getSeed()).toString("ascii"),
    jwt: reply.jwt,
    brokerUrls: reply.brokerUrls,
    taskKey: reply.taskKey,
  };
  const fault = jwtFault(identity, reply.jwt);
  if (fault !== undefined) throw new EnrolmentFailed(`${hub} gave a JWT we cannot use: ${fault}`);
  if (Buffer.from(reply.taskKey, "base64").length !== 32)
    throw new EnrolmentFailed(`${hub} gave a task key that is no ed25519 key`);
  writeIdentity(dataDir, identity);
  return identity;
}

function enrolUrl(hub: string): URL {
  if (!URL.canParse(hub)) throw new EnrolmentFailed(`--hub ${hub} is not an address`);
  const url = new URL("/api/v1/enrol", hub);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new EnrolmentFailed(`--hub ${hub} must begin with http:// or https://`);
  return url;
}

function accepted(answer: Answer, hub: string): Enrolled {
  switch (answer.kind) {
    case "unreachable":
      throw new EnrolmentFailed(`${hub} cannot be reached: ${answer.reason}`);
    case "untrusted":
      throw new EnrolmentFailed(
        `the certificate of ${hub} is not trusted: ${answer.reason}; pass --ca-file if your own authority signed it`,
      );
    case "answered":
      break;
  }
  if (answer.status === 200 || answer.status === 201) {
    try {
      return parseEnrolled(answer.body);
    } catch (cause) {
      if (!(cause instanceof MessageRejected)) throw cause;
      throw new EnrolmentFailed(`${hub} does not speak this version: ${cause.message}`, { cause });
    }
  }
  const detail = problemDetail(answer.body);
  if (answer.status === 401 || answer.status === 403)
    throw new EnrolmentFailed(
      `${hub} refused the token: ${detail ?? "it is unknown, used or expired"}; ask for a new one (they last an hour and work once)`,
    );
  if (answer.status === 429)
    throw new EnrolmentFailed(`${hub} takes no more tries for now: wait a minute`);
  throw new EnrolmentFailed(
    `${hub} answered ${answer.status}: ${detail ?? "is it a Tidemark hub?"}`,
  );
}

/** `detail` of an RFC 9457 body, when there is one. */
function problemDetail(body: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    if (typeof value !== "object" || value === null || !("detail" in value)) return undefined;
    return typeof value.detail === "string" ? value.detail.slice(0, 300) : undefined;
  } catch {
    // Some other server's page.
    return undefined;
  }
}
