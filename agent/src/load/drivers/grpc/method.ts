// The method that a plan calls, found among descriptors, and how its messages are written: JSON on our side, protobuf on the
// wire.
import type { LoadPlan } from "@tidemark/proto";
import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";
import { PlanRejected } from "../driver.ts";

export interface GrpcMethod {
  /** `/package.Service/Method` */
  readonly path: string;
  readonly isUnary: boolean;
  /** A message of the call. Throws PlanRejected for what is no such message, without quoting it: it may hold a secret. */
  encode(json: string): Uint8Array;
  /** A response as JSON; throws for bytes that are none. */
  decode(message: Uint8Array): string;
}

/** Throws PlanRejected when the method is not there, or not of the kind that the plan calls. */
export function methodIn(
  root: protobuf.Root,
  { call, method: name }: NonNullable<LoadPlan["grpc"]>,
): GrpcMethod {
  const [service = "", method = ""] = name.split("/");
  const found = root.lookup(service, [protobuf.Service]);
  if (!(found instanceof protobuf.Service))
    throw new PlanRejected(`grpc/method: there is no service ${service}`);
  const declared = found.methods[method];
  if (declared === undefined)
    throw new PlanRejected(
      `grpc/method: ${service} has no ${method}, only ${Object.keys(found.methods).join(", ")}`.slice(
        0,
        512,
      ),
    );
  declared.resolve();
  const { resolvedRequestType, resolvedResponseType, responseStream, requestStream } = declared;
  if (resolvedRequestType === null || resolvedResponseType === null)
    throw new PlanRejected(`grpc/method: the messages of ${name} are not described`);
  if (requestStream === true)
    throw new PlanRejected(`grpc/method: ${name} streams its requests, which this driver does not`);
  const isUnary = responseStream !== true;
  if (isUnary !== (call === "unary"))
    throw new PlanRejected(
      isUnary
        ? `grpc/call: ${name} answers with one message: call it unary`
        : `grpc/call: ${name} streams its responses: call it server-stream`,
    );
  return {
    path: `/${service}/${method}`,
    isUnary,
    encode: (json) => encodeJson(resolvedRequestType, json),
    decode: (message) =>
      JSON.stringify(
        protojson.toJson(resolvedResponseType, resolvedResponseType.decode(message)),
        undefined,
        2,
      ),
  };
}

/** The grpc.health.v1 protocol, which needs no descriptors: a name there, a number back. */
export function healthMethod(): GrpcMethod {
  const { root } = protobuf.parse(`
    syntax = "proto3";
    package grpc.health.v1;
    message HealthCheckRequest { string service = 1; }
    message HealthCheckResponse {
      enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
      ServingStatus status = 1;
    }
    service Health { rpc Check(HealthCheckRequest) returns (HealthCheckResponse); }
  `);
  return methodIn(root, { call: "unary", method: "grpc.health.v1.Health/Check" });
}

/** A HealthCheckResponse that says SERVING: field 1 is 1. Any other has other bytes. */
export const servingBytes = Buffer.from([0x08, 0x01]);

function encodeJson(type: protobuf.Type, json: string): Uint8Array {
  const value = parseJson(json);
  try {
    return type.encode(protojson.fromJson(type, value)).finish();
  } catch (cause) {
    throw new PlanRejected(`body: ${fault(cause, type)}`);
  }
}

function parseJson(json: string): unknown {
  if (json === "") return {};
  try {
    return JSON.parse(json);
  } catch (cause) {
    // V8 quotes what it did not like; only where it stands is repeated.
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(String(cause)) ?? [];
    const where = line === undefined ? "" : ` line ${line}, column ${column ?? ""}`;
    throw new PlanRejected(`body${where}: it is not JSON`);
  }
}

/** protobufjs says `.message: what is wrong: the value`; the value is left out. */
function fault(cause: unknown, type: protobuf.Type): string {
  const text = cause instanceof Error ? cause.message : "";
  const [, unknown, field] = /^\.?([\w.]+): unknown field: "([^"]{0,128})"$/.exec(text) ?? [];
  if (field !== undefined) return `field ${field} is not in message ${unknown ?? ""}`;
  const [, where, what] = /^\.?([\w.]+): ([^:]{1,256})/.exec(text) ?? [];
  return what === undefined
    ? `it is no message ${type.fullName.replace(/^\./, "")}`
    : `${where ?? ""}: ${what}`;
}
