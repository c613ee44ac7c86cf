// Passwords as argon2id, with OWASP's parameters (19 MiB, 2 passes, 1 lane: 25 ms here), in the PHC string format, so that
// stored hashes name their own cost and the parameters can be raised later.
import { argon2, randomBytes, timingSafeEqual } from "node:crypto";

const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const saltBytes = 16;
const hashBytes = 32;
/** Hashes computed at once, 19 MiB each; the next ones wait. */
const concurrentMax = 4;
/** Waiting ones; past it a sign-in is refused rather than queued for seconds. */
const waitingMax = 64;

/** More sign-ins at once than the hub takes. */
export class PasswordsBusy extends Error {
  override readonly name = "PasswordsBusy";
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, cost);
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Takes the same time whether the password is right, wrong, or there is no hash to compare with. */
export async function verifyPassword(
  password: string,
  stored: string | undefined,
): Promise<boolean> {
  const match = phc.exec(stored ?? "");
  const [, memory, passes, parallelism, salt, hash] = match ?? [];
  const known = match !== null;
  const expected = known ? Buffer.from(hash ?? "", "base64") : randomBytes(hashBytes);
  const actual = await derive(
    password,
    known ? Buffer.from(salt ?? "", "base64") : randomBytes(saltBytes),
    known
      ? { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
      : cost,
  );
  return timingSafeEqual(actual, expected) && known;
}

const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}

let running = 0;
const waiting: (() => void)[] = [];

/** On a libuv thread, so the event loop goes on. */
async function derive(
  password: string,
  nonce: Buffer,
  { memory, passes, parallelism }: { memory: number; passes: number; parallelism: number },
): Promise<Buffer> {
  if (running >= concurrentMax) {
    if (waiting.length >= waitingMax) throw new PasswordsBusy("too many sign-ins at once");
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    // NFKC: the same password typed on another keyboard may come as other code points.
    const message = Buffer.from(password.normalize("NFKC"), "utf8");
    const parameters = { message, nonce, memory, passes, parallelism, tagLength: hashBytes };
    return await new Promise((resolve, reject) => {
      argon2("argon2id", parameters, (err, hash) => (err === null ? resolve(hash) : reject(err)));
    });
  } finally {
    // A slot is handed on, not freed and taken again, so the count stays right.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}
