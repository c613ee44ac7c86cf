// Reports that came by hand, from a site without a network: each body goes through the socket in the data directory to the running
// receiver, and there through the same checks as any other.
import { readFile, stat } from "node:fs/promises";
import { request } from "node:http";
import { SharingBundle, jsonParser, reportBodyBytes, sharingPaths } from "@tidemark/proto";
import { CommandFailed, InputWrong } from "../errors.ts";
import { localSocket } from "./compose.ts";
import { receiveLimits } from "./limits.ts";

export interface Imported {
  /** Those that the receiver has now; some may have been there before. */
  readonly accepted: number;
  /** Reason → how many. */
  readonly refused: Readonly<Record<string, number>>;
  /** The receiver could not store them now; importing the file again is harmless. */
  readonly unavailable: number;
}

const atOnce = 16;
const parseBundle = jsonParser(SharingBundle, "bundle");

/** Throws InputWrong when the file is no bundle, CommandFailed when no receiver runs on the data directory. */
export async function importBundle(file: string, dataDir: string): Promise<Imported> {
  const bodies = await bodiesIn(file);
  const refused: Record<string, number> = {};
  let accepted = 0;
  let unavailable = 0;
  const carry = async () => {
    for (let body = bodies.shift(); body !== undefined; body = bodies.shift()) {
      const { status, text } = await post(body, dataDir);
      if (status === 200) accepted += 1;
      else if (status >= 500) unavailable += 1;
      else {
        const reason = /"refused":"([a-z]+)"/.exec(text)?.[1] ?? "unknown";
        refused[reason] = (refused[reason] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, carry));
  return { accepted, refused, unavailable };
}

async function bodiesIn(file: string): Promise<Buffer[]> {
  try {
    if ((await stat(file)).size > receiveLimits.bundleBytesMax)
      throw new Error(`it has more than ${receiveLimits.bundleBytesMax} bytes`);
    return parseBundle(await readFile(file)).bodies.map((body) => Buffer.from(body, "base64"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "unknown";
    throw new InputWrong(`${file} is no bundle of \`tidemark share export\`: ${why}`, { cause });
  }
}

function post(body: Buffer, dataDir: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const posted = request({
      socketPath: localSocket(dataDir),
      method: "POST",
      path: sharingPaths.report,
      headers: { "content-length": body.length },
      timeout: receiveLimits.storeMs * 2,
    });
    posted.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.once("error", reject);
    });
    posted.once("timeout", () => posted.destroy(new Error("the receiver does not answer")));
    posted.once("error", (cause) =>
      reject(
        new CommandFailed(
          `no receiver answers in ${dataDir} (${cause.message}): start it with the same --data-dir, then import again`,
          { cause },
        ),
      ),
    );
    // The receiver refuses another size before it reads a byte.
    posted.end(body.length === reportBodyBytes ? body : undefined);
  });
}
