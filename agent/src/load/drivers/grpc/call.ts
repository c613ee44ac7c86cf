// What all calls of a plan have in common: the method by its descriptors, the message, what is expected.
import type { ConnectionOptions } from "node:tls";
import type { LoadPlan } from "@tidemark/proto";
import { type DriverContext, NothingToSend, PlanRejected } from "../driver.ts";
import type { Frame } from "../../http2/request-fields.ts";
import { type Expectation, openExpectation } from "../../requests/expectation.ts";
import { openRequests } from "../../requests/requests.ts";
import { tlsOptions } from "../../tls.ts";
import { callFields } from "./call-fields.ts";
import { prefixed } from "./message-scan.ts";
import { type GrpcMethod, healthMethod, methodIn, servingBytes } from "./method.ts";
import { rootOfProto } from "./proto-text.ts";
import { rootByReflection } from "./reflection.ts";

export interface Call {
  readonly method: GrpcMethod;
  readonly expectation: Expectation;
  readonly tls: ConnectionOptions | undefined;
  readonly frame: Frame;
}

/** What can be said of a plan without its server. Throws PlanRejected. */
export function checkCall(plan: LoadPlan): void {
  checkBinaryMetadata(plan);
  const options = grpcOf(plan);
  if (options.call === "health" || options.proto === undefined) return;
  const method = methodIn(rootOfProto(options.proto), options);
  // A template becomes JSON only when it is filled.
  if (!plan.body.includes("{{")) method.encode(plan.body);
}

/** Asks the server for its descriptors where the plan does not hold them. Throws PlanRejected. */
export async function openCall(plan: LoadPlan, context: DriverContext): Promise<Call> {
  checkBinaryMetadata(plan);
  const tls = tlsOptions(plan, context, ["h2"]);
  const expectation = openExpectation(plan);
  const options = grpcOf(plan);
  const target = new URL(plan.target);
  if (options.call === "health") {
    const method = healthMethod();
    const body = prefixed(method.encode(JSON.stringify({ service: options.method })));
    return {
      method,
      // A server that says NOT_SERVING says so with status 0.
      expectation: { ...expectation, body: expectation.body ?? servingBytes },
      tls,
      frame: (parts) => ({ fields: callFields(target, method.path, plan.timeoutMs, parts), body }),
    };
  }
  const root =
    options.proto === undefined
      ? await rootByReflection(plan, context, tls)
      : rootOfProto(options.proto);
  const method = methodIn(root, options);
  // The first message is looked at now: from a source of its own, the run's rows are for the run.
  method.encode(openRequests(plan, context).next().body.toString());
  return {
    method,
    expectation,
    tls,
    frame: (parts) => ({
      fields: callFields(target, method.path, plan.timeoutMs, parts),
      body: prefixed(encoded(method, parts.body)),
    }),
  };
}

/** A template may be filled with what makes it no message; by then the run is under way, and this ends it. */
function encoded(method: GrpcMethod, body: Buffer): Uint8Array {
  try {
    return method.encode(body.toString());
  } catch (cause) {
    if (cause instanceof PlanRejected)
      throw new NothingToSend(`a filled template is no message: ${cause.message}`);
    throw cause;
  }
}

function grpcOf({ grpc }: LoadPlan): NonNullable<LoadPlan["grpc"]> {
  if (grpc === undefined) throw new PlanRejected("grpc: it says nothing of what to call");
  return grpc;
}

/** Metadata whose name ends in -bin is base64 on the wire. */
function checkBinaryMetadata({ headers }: LoadPlan): void {
  for (const [index, { name, value }] of headers.entries())
    if (
      name.toLowerCase().endsWith("-bin") &&
      !value.includes("{{") &&
      !/^[A-Za-z0-9+/]*={0,2}$/.test(value)
    )
      throw new PlanRejected(`headers/${index}: the value of ${name} is not base64`);
}
