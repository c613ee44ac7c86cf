// A NATS server that somebody else runs. Its operator gives the hub a user; enrolling and revoking agents need the account's
// signing key and an operator key besides, and without them those two are refused with what is missing.
import { readFile } from "node:fs/promises";
import { type Account, decode, encodeAccount, parseCreds } from "@nats-io/jwt";
import { type KeyPair, fromSeed } from "@nats-io/nkeys";
import { credsAuthenticator } from "@nats-io/transport-node";
import type { Backend, BrokerOptions } from "./backend.ts";
import { agentJwt, revokedForEver } from "./claims.ts";
import { lookupAccount, pushAccount } from "./claims-update.ts";
import { connectHub, connectOnce, hostOf } from "./connection.ts";
import { BrokerFailed } from "./errors.ts";
import { readPrivate } from "./keys.ts";

type ExternalOptions = Pick<
  BrokerOptions,
  | "url"
  | "credentialsFile"
  | "signingKeyFile"
  | "agentAccount"
  | "systemCredentialsFile"
  | "operatorKeyFile"
>;

export async function openExternal(options: ExternalOptions): Promise<Backend> {
  const servers = (options.url ?? "").split(",").map((url) => url.trim());
  if (options.credentialsFile === undefined)
    throw new BrokerFailed(
      "key-missing",
      `the broker at ${servers.map(hostOf).join(", ")} needs a credentials file for the hub's user`,
    );
  const credentials = await readFile(options.credentialsFile);
  const { aid: hubAccount } = await parseCreds(credentials);
  const account = options.agentAccount;
  if (account === hubAccount)
    throw new BrokerFailed(
      "key-missing",
      "agents need an account of their own, without JetStream, that exchanges subjects with the hub's: see claims.ts for which",
    );
  const signer = await optionalKey(options.signingKeyFile);
  const operator = await optionalKey(options.operatorKeyFile);
  const system = options.systemCredentialsFile;
  const systemCredentials = system === undefined ? undefined : await readFile(system);
  const connection = await connectHub(servers, credsAuthenticator(credentials));

  return {
    connection,
    ownUrls: servers,
    agentUrls: servers,
    async issue(agent, publicKey) {
      if (signer === undefined || account === undefined)
        throw new BrokerFailed(
          "key-missing",
          "agents of an external broker are enrolled with a signing key of their account: set its seed file and the account's public key",
        );
      return agentJwt(agent, publicKey, { account, signer }, Date.now());
    },
    async revoke(publicKey) {
      if (operator === undefined || systemCredentials === undefined || account === undefined)
        throw new BrokerFailed(
          "key-missing",
          `the broker is external and still lets ${publicKey} in: revoke it there (nsc revocations add-user), or set an operator key, system credentials and the agents' account`,
        );
      const connected = await connectOnce(servers, credsAuthenticator(systemCredentials));
      try {
        const current = await lookupAccount(connected, account);
        await pushAccount(connected, await withRevoked(current, publicKey, operator));
      } finally {
        await connected.close();
      }
    },
    serverPid: () => undefined,
    watch: () => () => undefined,
    stop: async () => undefined,
  };
}

/** The account's JWT with one more void key, everything else as it was, signed by `operator`. */
async function withRevoked(jwt: string, publicKey: string, operator: KeyPair): Promise<string> {
  const { name, sub, nats } = decode<Account>(jwt);
  const revocations = { ...nats.revocations, [publicKey]: revokedForEver };
  return encodeAccount(name, sub, { ...nats, revocations }, { signer: operator });
}

async function optionalKey(path: string | undefined): Promise<KeyPair | undefined> {
  if (path === undefined) return undefined;
  const bytes = await readPrivate(path);
  if (bytes === undefined) throw new BrokerFailed("keys-unusable", `${path} is not there`);
  try {
    return fromSeed(new TextEncoder().encode(new TextDecoder().decode(bytes).trim()));
  } catch {
    throw new BrokerFailed("keys-unusable", `${path} does not hold an nkey seed`);
  }
}
