// One bounded JSON POST over node:http(s). Everything that can go wrong on the way is a value.
import { readFileSync } from "node:fs";
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";

export type Answer =
  | { readonly kind: "answered"; readonly status: number; readonly body: Buffer }
  | { readonly kind: "unreachable"; readonly reason: string }
  | { readonly kind: "untrusted"; readonly reason: string };

const replyBytesMax = 65_536;

/** OpenSSL's verdicts on a certificate, as Node names them. */
const certificateFault =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/;

export function post(
  url: URL,
  body: string,
  options: { readonly caFile: string | undefined; readonly timeoutMs: number },
): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      accept: "application/json",
    };
    const signal = AbortSignal.timeout(options.timeoutMs);
    const request =
      url.protocol === "https:"
        ? requestTls(url, { method: "POST", headers, signal, ...authority(options.caFile) })
        : requestPlain(url, { method: "POST", headers, signal });
    request.once("error", (cause) => resolve(failure(cause, options.timeoutMs)));
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > replyBytesMax) request.destroy(new Error("the reply is too long"));
        else chunks.push(chunk);
      });
      response.once("error", (cause) => resolve(failure(cause, options.timeoutMs)));
      response.once("end", () =>
        resolve({
          kind: "answered",
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.end(body);
  });
}

function authority(caFile: string | undefined): { ca?: Buffer } {
  return caFile === undefined ? {} : { ca: readFileSync(caFile) };
}

function failure(cause: Error, timeoutMs: number): Answer {
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  if (certificateFault.test(code))
    return { kind: "untrusted", reason: `${cause.message} (${code})` };
  if (cause.name === "AbortError" || cause.name === "TimeoutError")
    return { kind: "unreachable", reason: `no answer within ${timeoutMs / 1_000} s` };
  // node:net tries every address and reports an aggregate without a message of its own.
  const reasons = cause instanceof AggregateError ? cause.errors.map(String) : [cause.message];
  const text = reasons.join("; ");
  const isTls = code === "EPROTO" || code.startsWith("ERR_SSL");
  return {
    kind: "unreachable",
    reason: isTls ? `${text} (does it speak TLS? try http://)` : text === "" ? code : text,
  };
}
