// Descriptors from the server itself, by reflection: the file that defines the service, and every file that one needs.
import type { LoadPlan } from "@tidemark/proto";
import type { ConnectionOptions } from "node:tls";
import protobuf from "protobufjs";
import "protobufjs/ext/descriptor.js";
import { type DriverContext, PlanRejected } from "../driver.ts";
import { exchangeOnce } from "../../http2/exchange-once.ts";
import { openRequests } from "../../requests/requests.ts";
import { callFields } from "./call-fields.ts";
import { messagesIn, prefixed } from "./message-scan.ts";
import { statusIn, statusMessageIn, statusName, statusOfHttp } from "./status.ts";

/** Bounds of what a server may make us ask and keep. */
const filesMax = 256;
const responseBytesMax = 4_194_304;
const timeoutMs = 5_000;

/** The newer first; v1alpha is all that some servers have. */
const versions = ["grpc.reflection.v1", "grpc.reflection.v1alpha"] as const;

const { root: protocol } = protobuf.parse(`
  syntax = "proto3";
  message Request { string file_by_filename = 3; string file_containing_symbol = 4; }
  message Response { Files files = 4; Failure failure = 7; }
  message Files { repeated bytes files = 1; }
  message Failure { int32 code = 1; string message = 2; }
  message File { string name = 1; repeated string dependency = 3; }
  message FileSet { repeated bytes files = 1; }
`);
const requestType = protocol.lookupType("Request");
const responseType = protocol.lookupType("Response");
/** A FileDescriptorProto, of which only this matters here, and a FileDescriptorSet. */
const fileType = protocol.lookupType("File");
const fileSetType = protocol.lookupType("FileSet");

type Question = { readonly fileContainingSymbol: string } | { readonly fileByFilename: string };

type Answer =
  | { readonly kind: "files"; readonly files: readonly Uint8Array[] }
  | { readonly kind: "failed"; readonly status: number; readonly reason: string };

/** Throws PlanRejected when the server does not tell, or tells what cannot be. */
export async function rootByReflection(
  plan: LoadPlan,
  context: DriverContext,
  tls: ConnectionOptions | undefined,
): Promise<protobuf.Root> {
  try {
    return await reflect(plan, context, tls);
  } catch (cause) {
    if (cause instanceof PlanRejected) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PlanRejected(`grpc/method: the server's descriptors cannot be read: ${reason}`);
  }
}

async function reflect(
  plan: LoadPlan,
  context: DriverContext,
  tls: ConnectionOptions | undefined,
): Promise<protobuf.Root> {
  const [service = ""] = plan.grpc?.method.split("/") ?? [];
  // A source of its own: the run's rows and numbers are for the run.
  const { headers } = openRequests(plan, context).next();
  const askIn = async (version: string, question: Question): Promise<Answer> => {
    const path = `/${version}.ServerReflection/ServerReflectionInfo`;
    const message = requestType.encode(requestType.create(question)).finish();
    const exchanged = await exchangeOnce({
      endpoint: context.endpoint,
      tls,
      remark: context.remark,
      request: {
        fields: callFields(new URL(plan.target), path, timeoutMs, { headers }),
        body: prefixed(message),
        isConstant: false,
      },
      timeoutMs,
      bodyBytesMax: responseBytesMax,
    });
    return answerOf(exchanged);
  };
  let failure = "";
  for (const version of versions) {
    const first = await askIn(version, { fileContainingSymbol: service });
    if (first.kind === "files")
      return await gather(first.files, (question) => askIn(version, question));
    failure = first.reason;
    // UNIMPLEMENTED: perhaps it knows the older name of the same protocol.
    if (first.status !== unimplemented) break;
  }
  throw new PlanRejected(
    `grpc/method: the server does not describe ${service} by reflection (${failure}); give the .proto file in grpc/proto`,
  );
}

const unimplemented = 12;

async function gather(
  given: readonly Uint8Array[],
  ask: (question: Question) => Promise<Answer>,
): Promise<protobuf.Root> {
  const files = new Map<string, { bytes: Uint8Array; needs: readonly string[] }>();
  const take = (found: readonly Uint8Array[]) => {
    for (const bytes of found) {
      const { name = "", dependency = [] }: { name?: string; dependency?: string[] } =
        fileType.toObject(fileType.decode(bytes), { defaults: true, arrays: true });
      files.set(name, { bytes, needs: dependency });
    }
  };
  take(given);
  const missing = () =>
    [...files.values()].flatMap(({ needs }) => needs).find((name) => !files.has(name));
  for (let name = missing(); name !== undefined; name = missing()) {
    if (files.size >= filesMax)
      throw new PlanRejected(`grpc/method: it needs more than ${filesMax} descriptor files`);
    const answer = await ask({ fileByFilename: name });
    if (answer.kind === "failed")
      throw new PlanRejected(`grpc/method: the server does not give ${name}: ${answer.reason}`);
    take(answer.files);
    if (!files.has(name))
      throw new PlanRejected(`grpc/method: the server gives another file for ${name}`);
  }
  const set = { files: [...files.values()].map(({ bytes }) => bytes) };
  const root = protobuf.Root.fromDescriptor(fileSetType.encode(set).finish());
  root.resolveAll();
  return root;
}

function answerOf(exchanged: Awaited<ReturnType<typeof exchangeOnce>>): Answer {
  const { error, head, trailers, body } = exchanged;
  const failed = (status: number, reason: string): Answer => ({ kind: "failed", status, reason });
  if (error !== undefined || head === undefined)
    return failed(-1, `it could not be asked: ${error ?? "closed"}`);
  const last = trailers.length > 0 ? trailers : head.fields;
  const said = statusIn(last);
  const status = said < 0 ? statusOfHttp(head.status) : said;
  const [message] = messagesIn(body);
  if (status !== 0 || message === undefined)
    return failed(status, `${statusName(status)} ${statusMessageIn(last)}`.trim());
  const { files, failure } = responseType.toObject(responseType.decode(message), {
    defaults: false,
  });
  if (failure !== undefined) return failed(0, String(failure.message));
  return { kind: "files", files: files?.files ?? [] };
}
