// The hub's NATS identity: operator and account keys, made once and kept in one file, so that there is never half a set.
// Whoever reads the file can make any agent's credentials; the keys of users (hub, system) live in memory alone.
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type KeyPair, createAccount, createOperator, fromSeed } from "@nats-io/nkeys";
import { jsonParser } from "@tidemark/proto";
import { type Static, Type } from "typebox";
import { createFile, isErrno } from "./durable-file.ts";
import { BrokerFailed } from "./errors.ts";

const seed = (prefix: "O" | "A") => Type.String({ pattern: `^S${prefix}[A-Z2-7]{56}$` });

const KeyFile = Type.Object(
  {
    version: Type.Literal(1),
    operator: seed("O"),
    operatorSigning: seed("O"),
    system: seed("A"),
    hub: seed("A"),
    fleet: seed("A"),
    fleetSigning: seed("A"),
  },
  { additionalProperties: false },
);
const parseKeyFile = jsonParser(KeyFile, "key file");

/** Signing keys sign day to day; the identities behind them only name who is who. */
export type BrokerKeys = Readonly<
  Record<Exclude<keyof Static<typeof KeyFile>, "version">, KeyPair>
>;

/** The keys in `directory`, made at the first call. The directory gets mode 0700, the file 0600. Throws BrokerFailed `keys-unusable`. */
export async function openKeys(directory: string): Promise<BrokerKeys> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, "broker.json");
  const text = (await readPrivate(path)) ?? (await makeKeys(path));
  let file: Static<typeof KeyFile>;
  try {
    file = parseKeyFile(text);
  } catch (cause) {
    // The cause could quote the file, so it is not passed on.
    const reason = cause instanceof Error ? cause.name : "unknown";
    throw new BrokerFailed(
      "keys-unusable",
      `${path} is not a key file of this hub (${reason}): restore it from a backup`,
    );
  }
  return {
    operator: pairOf(file.operator),
    operatorSigning: pairOf(file.operatorSigning),
    system: pairOf(file.system),
    hub: pairOf(file.hub),
    fleet: pairOf(file.fleet),
    fleetSigning: pairOf(file.fleetSigning),
  };
}

/** The bytes of a file that only its owner may read; undefined when there is none. */
export async function readPrivate(path: string): Promise<Uint8Array | undefined> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0)
      throw new BrokerFailed(
        "keys-unusable",
        `${path} can be read by others: chmod 600 it, and make new keys if somebody may have`,
      );
    return await readFile(path);
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return undefined;
    throw cause;
  }
}

async function makeKeys(path: string): Promise<Uint8Array> {
  const file: Static<typeof KeyFile> = {
    version: 1,
    operator: seedOf(createOperator()),
    operatorSigning: seedOf(createOperator()),
    system: seedOf(createAccount()),
    hub: seedOf(createAccount()),
    fleet: seedOf(createAccount()),
    fleetSigning: seedOf(createAccount()),
  };
  await createFile(path, `${JSON.stringify(file)}\n`);
  // Another hub may have been first: what is on disk counts.
  return readFile(path);
}

function seedOf(pair: KeyPair): string {
  return new TextDecoder().decode(pair.getSeed());
}

function pairOf(text: string): KeyPair {
  return fromSeed(new TextEncoder().encode(text));
}
