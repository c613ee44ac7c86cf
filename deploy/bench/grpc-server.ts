// What the grpc driver is measured against: every call is answered with an empty message and status 0.
import type { HttpServer } from "./http-server.ts";
import { startResponder } from "./http2-server.ts";

export async function startGrpcServer(): Promise<HttpServer> {
  return await startResponder("grpc", "grpc");
}
