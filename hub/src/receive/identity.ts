// The receiver's secrets, made at its first start in `<data dir>/keys`, mode 0600: the seed of the key that signs receipts, and the token
// that reads /metrics. Senders know the public key: a lost seed costs every one of them a new setting.
import { type KeyObject, randomBytes, sign } from "node:crypto";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createFile, isErrno } from "../broker/durable-file.ts";
import { CommandFailed } from "../errors.ts";
import { type BodyKind, receiptStatement, reportKey } from "../sharing/envelope.ts";

export interface Identity {
  /** 43 characters base64url: what senders are told as `sharing.receiverKey`. */
  readonly publicKey: string;
  /** The bearer of it may read /metrics. */
  readonly metricsToken: string;
  /** Says that the receiver has taken the report of this text, or deleted it. The same each time. */
  receipt(kind: BodyKind, textSha256: string): Promise<string>;
}

export const metricsTokenFile = (dataDir: string) => join(dataDir, "keys", "metrics-token");

export async function openIdentity(dataDir: string): Promise<Identity> {
  await mkdir(join(dataDir, "keys"), { recursive: true, mode: 0o700 });
  const seed = await secretIn(join(dataDir, "keys", "receipt-seed"));
  const { privateKey, publicKey } = reportKey(Buffer.from(seed, "base64url"));
  return {
    publicKey,
    metricsToken: await secretIn(metricsTokenFile(dataDir)),
    async receipt(kind, textSha256) {
      const statement = receiptStatement(kind, textSha256);
      return `${textSha256}.${(await signed(statement, privateKey)).toString("base64url")}`;
    },
  };
}

/** On a thread of libuv's pool. */
function signed(statement: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(null, statement, key, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}

/** 32 bytes base64url in a file of their own, made when there is none. */
async function secretIn(path: string): Promise<string> {
  try {
    return await readSecret(path);
  } catch (cause) {
    if (!isErrno(cause, "ENOENT")) throw cause;
  }
  await createFile(path, `${randomBytes(32).toString("base64url")}\n`);
  return readSecret(path);
}

async function readSecret(path: string): Promise<string> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0)
    throw new CommandFailed(
      `${path} can be read by others: chmod 600 it, and make a new one if somebody may have`,
    );
  const text = (await readFile(path, "utf8")).trim();
  if (!/^[A-Za-z0-9_-]{43}$/.test(text))
    throw new CommandFailed(
      `${path} does not hold 32 bytes in base64url: restore it from a backup`,
    );
  return text;
}
