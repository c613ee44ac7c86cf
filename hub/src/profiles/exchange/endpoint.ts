// An endpoint as other tools write it, as a target: with a scheme that says the protocol. Pure.
import { loadLimits } from "@tidemark/proto";

export const protocols = ["http", "tcp", "udp", "grpc", "websocket"] as const;
export type Protocol = (typeof protocols)[number];

export type Endpoint =
  | { readonly kind: "endpoint"; readonly url: string; readonly remark: string | undefined }
  | { readonly kind: "faulty"; readonly reason: string };

const schemes: Readonly<Record<Protocol, readonly [plain: string, tls: string]>> = {
  http: ["http", "https"],
  tcp: ["tcp", "tcp"],
  udp: ["udp", "udp"],
  grpc: ["grpc", "grpcs"],
  websocket: ["ws", "wss"],
};
const tlsSchemes = ["https", "wss", "grpcs"];

/** `protocol` wins over the scheme but for ws and wss, which have no value of SMP's; without both it is http. */
export function endpointOf(text: string, protocol: Protocol | undefined): Endpoint {
  const trimmed = text.trim();
  const [, scheme, rest = trimmed] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(trimmed) ?? [];
  const said = scheme?.toLowerCase();
  const isWebSocket = said === "ws" || said === "wss";
  const meant = isWebSocket && protocol === "http" ? "websocket" : (protocol ?? byScheme(said));
  if (meant === undefined) return faulty(`no driver speaks ${said?.slice(0, 32)}://`);
  const [plain, tls] = schemes[meant];
  const wanted = said !== undefined && tlsSchemes.includes(said) ? tls : plain;
  const isSocket = meant === "tcp" || meant === "udp";
  const [authority = ""] = rest.split(/[/?#]/, 1);
  const url = `${wanted}://${isSocket ? authority : rest}`;
  if (authority === "" || url.length > loadLimits.urlLengthMax || !URL.canParse(url))
    return faulty("the document's endpoint is not a URL");
  const parsed = new URL(url);
  parsed.hash = "";
  const remarks = [
    said === undefined && `the endpoint names no protocol: ${wanted}`,
    said !== undefined && said !== wanted && `the document's protocol makes ${said} ${wanted}`,
    isSocket && rest.slice(authority.length).replace("/", "") !== "" && `${wanted} has no path`,
  ].filter((remark) => typeof remark === "string");
  const remark = remarks.length === 0 ? undefined : remarks.join("; ");
  return { kind: "endpoint", url: parsed.href, remark };
}

function byScheme(scheme: string | undefined): Protocol | undefined {
  if (scheme === undefined) return "http";
  return protocols.find((protocol) => schemes[protocol].includes(scheme));
}

const faulty = (reason: string): Endpoint => ({ kind: "faulty", reason });
