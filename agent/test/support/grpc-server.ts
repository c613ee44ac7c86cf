// A real gRPC server, grpc-js with its own reflection, for what the grpc driver must get along with.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
  type UntypedServiceImplementation,
  loadPackageDefinition,
} from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { loadSync } from "@grpc/proto-loader";

/** Two files, so that reflection has a dependency to ask for. */
const files = {
  "words.proto": `
    syntax = "proto3";
    package words;
    message Word { string text = 1; int32 times = 2; }
  `,
  "echo.proto": `
    syntax = "proto3";
    package echo;
    import "words.proto";
    import "google/protobuf/timestamp.proto";
    enum Mood { CALM = 0; LOUD = 1; }
    message Said { string text = 1; int64 length = 2; repeated Mood moods = 3; google.protobuf.Timestamp at = 4; }
    service Echo {
      rpc Once(words.Word) returns (Said);
      rpc Many(words.Word) returns (stream Said);
      rpc Gather(stream words.Word) returns (Said);
    }
  `,
  "health.proto": `
    syntax = "proto3";
    package grpc.health.v1;
    message HealthCheckRequest { string service = 1; }
    message HealthCheckResponse {
      enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
      ServingStatus status = 1;
    }
    service Health { rpc Check(HealthCheckRequest) returns (HealthCheckResponse); }
  `,
};

/** The echo service as one text, as a plan would hold it. */
export const echoProto = files["echo.proto"]
  .replace('import "words.proto";', "message Word { string text = 1; int32 times = 2; }")
  .replaceAll("words.Word", "Word");

export interface GrpcServer {
  readonly port: number;
  /** Metadata of the calls of Once, by name. */
  readonly metadata: Record<string, unknown>[];
  stop(): Promise<void>;
}

interface Call {
  readonly request: { readonly text: string; readonly times: number };
  readonly metadata: Metadata;
}
type Done = (error: { code: number; details: string } | null, response?: object) => void;

/**
 * Once echoes: "fail 5" fails with status 5, "hang" never answers. Many answers `times` times. Health knows the whole server,
 * and "down", which does not serve. `reflection`: which versions it speaks.
 */
export async function startGrpcServer(
  reflection: "both" | "v1alpha" | "none" = "both",
  credentials = ServerCredentials.createInsecure(),
): Promise<GrpcServer> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-proto-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const definition = loadSync(["echo.proto", "health.proto"], {
    includeDirs: [folder],
    longs: String,
  });
  rmSync(folder, { recursive: true, force: true });
  const loaded = loadPackageDefinition(definition);
  const serviceAt = (...path: string[]) =>
    path.reduce<unknown>(
      (at, name) => (at as Record<string, unknown>)[name],
      loaded,
    ) as ServiceClientConstructor;

  const metadata: Record<string, unknown>[] = [];
  const server = new Server();
  server.addService(serviceAt("echo", "Echo").service, {
    Once(call: Call, done: Done) {
      metadata.push(call.metadata.getMap());
      const { text } = call.request;
      const [, code] = /^fail (\d+)$/.exec(text) ?? [];
      if (code !== undefined) done({ code: Number(code), details: "as you wish: ü" });
      else if (text !== "hang") done(null, { text, length: text.length, moods: ["LOUD"] });
    },
    Many(call: Call & { write(said: object): void; end(): void }) {
      for (let index = 0; index < call.request.times; index += 1)
        call.write({ text: `${call.request.text} ${index}` });
      call.end();
    },
    Gather: () => undefined,
  } as UntypedServiceImplementation);
  server.addService(serviceAt("grpc", "health", "v1", "Health").service, {
    Check(call: { request: { service?: string } }, done: Done) {
      const { service = "" } = call.request;
      if (service === "" || service === "down") done(null, { status: service === "" ? 1 : 2 });
      else done({ code: 5, details: "unknown service" });
    },
  } as UntypedServiceImplementation);
  if (reflection !== "none") new ReflectionService(definition).addToServer(server);
  if (reflection === "v1alpha")
    server.unregister("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {
    port,
    metadata,
    async stop() {
      server.forceShutdown();
      await Promise.resolve();
    },
  };
}
