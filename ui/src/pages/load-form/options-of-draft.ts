// The sections of a request that say something only where they are filled in: expectation, authentication, TLS, protocol. Pure.
import {
  loadLimits,
  type Auth,
  type DriverName,
  type Expectation,
  type NewRun,
  type PlanFeature,
  type TlsOptions,
} from "@tidemark/proto";
import { formatCount } from "../../format/number.ts";
import type { Draft, DraftField } from "./draft.ts";
import { schemeOf, whyNot } from "./honoured.ts";

export type Honours = (feature: PlanFeature) => boolean;
export type FailField = (field: DraftField, reason: string) => void;

const statusPattern = /^([0-9]{1,3}|[1-9]xx|[0-9]{1,3}-[0-9]{1,3})$/;

export function expectationOf(
  draft: Draft,
  honours: Honours,
  fail: FailField,
): { expect?: Expectation } {
  const statuses = draft.statuses.split(/[\s,]+/).filter((text) => text !== "");
  const strange = statuses.find((text) => !statusPattern.test(text));
  if (strange !== undefined)
    fail("statuses", `“${strange}” is not a status, such as 200, 2xx or 200-299.`);
  if (draft.expectBody.length > loadLimits.expectedBodyLengthMax)
    fail("expectBody", `At most ${formatCount(loadLimits.expectedBodyLengthMax)} characters.`);
  const expect = {
    ...(honours("expect.statuses") && statuses.length > 0 ? { statuses } : {}),
    ...(honours("expect.body") && draft.expectBody !== "" ? { body: draft.expectBody } : {}),
  };
  return Object.keys(expect).length === 0 ? {} : { expect };
}

const secretPattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;

function secretIn(draft: Draft, field: SecretField, fail: FailField): string {
  const name = draft[field].trim();
  if (!secretPattern.test(name))
    fail(field, "The name of a secret: small letters, digits and . _ - only.");
  return name;
}
type SecretField = "authSecret" | "certificateSecret" | "keySecret";

export function authOf(draft: Draft, fail: FailField): { auth?: Auth } {
  switch (draft.auth) {
    case "none":
      return {};
    case "basic":
      return {
        auth: {
          kind: "basic",
          username: draft.username,
          passwordSecret: secretIn(draft, "authSecret", fail),
        },
      };
    case "bearer":
      return { auth: { kind: "bearer", tokenSecret: secretIn(draft, "authSecret", fail) } };
    case "oauth1":
      return { auth: { kind: "oauth1", keySecret: secretIn(draft, "authSecret", fail) } };
  }
}

export function tlsOf(draft: Draft, honours: Honours, fail: FailField): { tls?: TlsOptions } {
  const { certificateSecret, keySecret, serverName, ca, skipVerify } = draft;
  const hasCertificate = certificateSecret.trim() !== "" || keySecret.trim() !== "";
  const tls: TlsOptions = {
    ...(honours("tls.serverName") && serverName.trim() !== ""
      ? { serverName: serverName.trim() }
      : {}),
    ...(honours("tls.ca") && ca.trim() !== "" ? { ca } : {}),
    ...(honours("tls.clientCertificate") && hasCertificate
      ? {
          certificateSecret: secretIn(draft, "certificateSecret", fail),
          keySecret: secretIn(draft, "keySecret", fail),
        }
      : {}),
    ...(honours("tls.skipVerify") && skipVerify ? { skipVerify } : {}),
  };
  if (tls.serverName !== undefined && !/^[A-Za-z0-9._-]{1,253}$/.test(tls.serverName))
    fail("serverName", "A host name: letters, digits and . _ - only.");
  return Object.keys(tls).length === 0 ? {} : { tls };
}

/** The options that one protocol alone has. */
export function protocolOf(draft: Draft, driver: DriverName, fail: FailField): Partial<NewRun> {
  const scheme = schemeOf(draft.target);
  const can = (feature: PlanFeature) => whyNot(driver, feature) === undefined;
  if (can("websocket")) {
    const { websocketExchange: exchange, subprotocol } = draft;
    const named = subprotocol.trim();
    return { websocket: { exchange, ...(named === "" ? {} : { subprotocol: named }) } };
  }
  if (can("sse")) return { sse: { measure: draft.sseMeasure } };
  if (can("grpc") && scheme.startsWith("grpc")) {
    const method = draft.grpcMethod.trim();
    if (draft.grpcCall !== "health" && !/^[\w.]+\/\w+$/.test(method))
      fail("grpcMethod", "Of the form package.Service/Method.");
    const proto = draft.grpcProto.trim();
    return { grpc: { call: draft.grpcCall, method, ...(proto === "" ? {} : { proto }) } };
  }
  if (can("socket") && (scheme === "tcp:" || scheme === "udp:")) {
    const { socketExchange: exchange, encoding } = draft;
    if (scheme === "udp:" && exchange === "connect")
      fail("socketExchange", "UDP has no connection to make.");
    else if (exchange !== "connect" && draft.body === "")
      fail("body", "What is to be sent? An exchange needs a payload.");
    return { socket: { exchange, ...(encoding === "utf8" ? {} : { encoding }) } };
  }
  return {};
}
