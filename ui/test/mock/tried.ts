// What the mock answers to "try once": a plausible exchange; a target named "slow" gives no answer, "teapot" an unexpected one.
import type { NewRun, TriedExchange } from "@tidemark/proto";

export function triedOf({ target, method = "GET", body = "", tls }: NewRun): TriedExchange {
  const url = new URL(target);
  const request = `${method} ${url.pathname}${url.search} HTTP/1.1\nHost: ${url.host}\nUser-Agent: tidemark\n\n${body}`;
  const isTls = url.protocol === "https:";
  const base = {
    request,
    truncated: false,
    address: `127.0.0.1:${url.port || (isTls ? "443" : "80")}`,
    tls: isTls
      ? {
          protocol: "TLSv1.3",
          cipher: "TLS_AES_256_GCM_SHA384",
          subject: "CN=localhost",
          issuer: "CN=Example CA",
          validToMs: Date.UTC(2030, 0, 1),
          verified: tls?.skipVerify !== true,
        }
      : null,
    remarks: tls?.skipVerify ? ["the server's certificate was not checked"] : [],
  };
  const tlsMs = isTls ? 2.9 : null;
  if (target.includes("slow"))
    return {
      ...base,
      response: "",
      status: null,
      expected: false,
      error: "no answer within 5000 ms",
      timings: { connectedMs: 0.4, tlsMs, firstByteMs: null, endMs: null },
    };
  const isTeapot = target.includes("teapot");
  const text = isTeapot ? '{"error":"short and stout"}' : '{"ok":true,"items":[1,2,3]}';
  return {
    ...base,
    response: `HTTP/1.1 ${isTeapot ? "418 I'm a teapot" : "200 OK"}\nContent-Type: application/json\nContent-Length: ${text.length}\n\n${text}`,
    status: isTeapot ? 418 : 200,
    expected: !isTeapot,
    error: null,
    timings: { connectedMs: 0.4, tlsMs, firstByteMs: 4.6, endMs: 5.1 },
  };
}
