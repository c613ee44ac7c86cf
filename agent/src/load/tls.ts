// TLS as a plan asks for it. Connections go to an address that the guard has checked; the name that is sent and that the
// certificate must bear is the target's own, or the plan's `serverName`.
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import {
  type ConnectionOptions,
  type SecureContextOptions,
  type TLSSocket,
  checkServerIdentity,
  createSecureContext,
} from "node:tls";
import { type LoadPlan, type TriedExchange, tlsSchemes } from "@tidemark/proto";
import { type DriverContext, PlanRejected } from "./drivers/driver.ts";
import { secretNamed } from "./requests/rendering.ts";

export type TlsContext = Pick<DriverContext, "secrets" | "remark">;

/**
 * Options for `tls.connect` beside host and port, made once for all connections of a run; undefined for a target in the clear.
 * Throws PlanRejected for certificates and keys that are none, naming the field or the secret.
 */
export function tlsOptions(
  plan: LoadPlan,
  { secrets, remark }: TlsContext,
  alpn: readonly string[],
): ConnectionOptions | undefined {
  const { protocol, hostname } = new URL(plan.target);
  if (!tlsSchemes.includes(protocol)) return undefined;
  const { tls = {} } = plan;
  if (tls.skipVerify === true)
    remark("the server's certificate was not checked, as tls.skipVerify asks");
  const client = clientCertificate(tls, secrets);
  return optionsFor(tls.serverName ?? bare(hostname), tls, client, alpn);
}

/** The same for another host that a redirect leads to: trusted as the plan says, but not shown the client's certificate. */
export function tlsOptionsElsewhere(
  { tls = {} }: LoadPlan,
  host: string,
  alpn: readonly string[],
): ConnectionOptions {
  return optionsFor(bare(host), tls, {}, alpn);
}

/** What TLS agreed on, for a person to read. `verified`: whether the certificate was checked, and good. */
export function describeTls(
  socket: TLSSocket,
  verified: boolean,
): NonNullable<TriedExchange["tls"]> {
  const certificate = socket.getPeerX509Certificate();
  const validToMs = Date.parse(certificate?.validTo ?? "");
  return {
    protocol: (socket.getProtocol() ?? "unknown").slice(0, 32),
    cipher: (socket.getCipher()?.name ?? "unknown").slice(0, 128),
    subject: oneLine(certificate?.subject),
    issuer: oneLine(certificate?.issuer),
    validToMs: Number.isNaN(validToMs) ? null : validToMs,
    verified,
  };
}

/**
 * Why TLS failed, for a remark; undefined when `error` is no matter of TLS. Before the handshake's end every error but of the
 * connection attempt itself is; after it the server may still refuse the client's certificate (TLS 1.3).
 */
export function tlsFault(
  error: NodeJS.ErrnoException,
  phase: "connecting" | "handshake" | "open",
): string | undefined {
  if (phase === "connecting") return undefined;
  if (phase === "open" && error.code?.startsWith("ERR_SSL_") !== true) return undefined;
  // OpenSSL's own message holds the number of a thread and a line of its source.
  const reason = "reason" in error && typeof error.reason === "string" ? error.reason : "";
  const why = reason === "" ? error.message : reason;
  const code = error.code === undefined || why.includes(error.code) ? "" : ` (${error.code})`;
  return `TLS failed: ${why}${code}`.slice(0, 512);
}

function optionsFor(
  name: string,
  { ca, skipVerify = false }: NonNullable<LoadPlan["tls"]>,
  client: Pick<SecureContextOptions, "cert" | "key">,
  alpn: readonly string[],
): ConnectionOptions {
  const trusted = ca === undefined ? {} : { ca: authorities(ca) };
  return {
    secureContext: contextOf({ ...trusted, ...client }),
    // SNI carries names only (RFC 6066 3); an address is still checked against the certificate.
    servername: isIP(name) === 0 ? name : "",
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    rejectUnauthorized: !skipVerify,
    ALPNProtocols: [...alpn],
  };
}

/** OpenSSL takes what is no certificate for an empty list, with which every server would be a stranger. */
function authorities(pem: string): string[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new PlanRejected("tls/ca: it holds no certificate in PEM");
  for (const [index, one] of found.entries())
    if (!isCertificate(one))
      throw new PlanRejected(`tls/ca: its certificate ${index + 1} cannot be read`);
  return found;
}

function clientCertificate(
  { certificateSecret, keySecret }: NonNullable<LoadPlan["tls"]>,
  secrets: TlsContext["secrets"],
): Pick<SecureContextOptions, "cert" | "key"> {
  if (certificateSecret === undefined || keySecret === undefined) return {};
  const cert = secretNamed(secrets, certificateSecret);
  const key = secretNamed(secrets, keySecret);
  if (!isCertificate(cert))
    throw new PlanRejected(`secret ${certificateSecret}: it holds no certificate in PEM`);
  try {
    createSecureContext({ cert, key });
  } catch {
    // The cause is left out: OpenSSL is not to be trusted with what it quotes.
    throw new PlanRejected(`secret ${keySecret}: it is not the PEM key of that certificate`);
  }
  return { cert, key };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).validTo !== "";
  } catch {
    return false;
  }
}

function contextOf(options: SecureContextOptions): ReturnType<typeof createSecureContext> {
  try {
    return createSecureContext(options);
  } catch (cause) {
    throw new PlanRejected("tls: its certificates cannot be used", { cause });
  }
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function oneLine(name: string | undefined): string {
  return (name ?? "").replaceAll("\n", ", ").slice(0, 512);
}
