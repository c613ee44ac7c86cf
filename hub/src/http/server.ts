// The HTTP server: hooks in the order a request meets them, then the routes, then the UI. Nothing here knows a route by name.
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { apiLimits } from "@tidemark/proto";
import fastify, { type FastifyBaseLogger, type FastifyServerFactory, LogController } from "fastify";
import { Type } from "typebox";
import { RequestRefused } from "../errors.ts";
import { authenticate, enforceAccess } from "./access.ts";
import { callerReader, stillValid } from "./credentials.ts";
import type { App, HttpDeps } from "./deps.ts";
import { docsStyleHash } from "./docs-page.ts";
import { openEventStreams } from "./event-streams.ts";
import { allowedMethods } from "./methods.ts";
import { describeApi } from "./openapi.ts";
import { checkOrigin, originRules } from "./origin.ts";
import { answerError, problemOf, problemType } from "./problems.ts";
import { routeGroups } from "./routes/index.ts";
import { securityHeaders } from "./security-headers.ts";
import { isPage, staticUi } from "./static-ui.ts";
import { serializerCompiler, validatorCompiler } from "./validation.ts";

/** Bounds of the server itself; those of single requests stand in proto's `apiLimits`. */
const serverLimits = {
  connectionsMax: 2_000,
  /** To receive a whole request, ms. */
  requestMs: 30_000,
  headersMs: 10_000,
  keepAliveMs: 72_000,
  paramLengthMax: 128,
  heartbeatMs: 15_000,
  unreadBytesMax: 1_048_576,
} as const;

const noParameters = Type.Object({}, { additionalProperties: false });
const builtUi = fileURLToPath(new URL("../../../ui/dist", import.meta.url));

/** The server with every route, ready to `listen` or `inject`. */
export async function createServer(deps: HttpDeps): Promise<App> {
  const { config, telemetry } = deps;
  const logger: FastifyBaseLogger = deps.log.child({ part: "http" });
  const app: App = fastify({
    loggerInstance: logger,
    // Requests are counted, not logged; failures are logged where they are answered.
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    bodyLimit: apiLimits.bodyBytesMax,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    routerOptions: { maxParamLength: serverLimits.paramLengthMax },
    serverFactory: serverFactory(config.tls),
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler(deps.checkReplies ?? false));
  app.setErrorHandler(answerError);
  // Fastify takes text/plain too, which a form of another site can send.
  app.removeContentTypeParser("text/plain");

  const ui = staticUi(config.uiDir ?? builtUi);
  const readCaller = callerReader(deps);
  const streams = openEventStreams({
    streamsMax: apiLimits.liveStreamsMax,
    unreadBytesMax: serverLimits.unreadBytesMax,
    heartbeatMs: serverLimits.heartbeatMs,
    stillValid: (caller) => stillValid(caller, deps),
    opened: telemetry.live.opened,
    dropped: telemetry.live.dropped,
  });
  app.addHook("preClose", async () => streams.stop());
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    const seconds = reply.elapsedTime / 1_000;
    telemetry.http.answered(request.method, route, reply.statusCode, seconds);
  });

  await app.register(helmet, {
    ...securityHeaders({
      tls: config.tls !== undefined,
      scriptHashes: ui.scriptHashes,
      styleHashes: [docsStyleHash],
    }),
  });
  await app.register(cookie);
  await app.register(rateLimit, { global: false });
  app.addHook("onRequest", checkOrigin(originRules(config.host, config.hosts, config.publicUrl)));
  app.addHook("onRequest", async (request, reply) => {
    if (request.url.startsWith("/api/")) reply.header("cache-control", "no-store");
  });
  enforceAccess(app, readCaller);
  const methodsOf = allowedMethods(app);
  await describeApi(app, deps.version);
  refuseUnknownQueries(app);
  for (const group of routeGroups) group(app, { ...deps, streams });
  await ui.register(app);

  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "/";
    const isApi = path === "/api" || path.startsWith("/api/") || path === "/metrics";
    if (!isApi && isPage(request)) return ui.shell(reply);
    // A stranger does not learn which paths exist.
    if (isApi && request.caller === undefined) await authenticate(request, readCaller);
    const methods = methodsOf(path);
    if (methods.length === 0) throw new RequestRefused("not-found", `there is nothing at ${path}`);
    reply.header("allow", methods.join(", "));
    throw new RequestRefused("method-not-allowed", `${path} answers ${methods.join(", ")} only`);
  });
  await app.ready();
  return app;
}

function serverFactory(tls: HttpDeps["config"]["tls"]): FastifyServerFactory {
  return (handler) => {
    const timeouts = {
      requestTimeout: serverLimits.requestMs,
      headersTimeout: serverLimits.headersMs,
      keepAliveTimeout: serverLimits.keepAliveMs,
    };
    const server =
      tls === undefined
        ? createHttpServer(timeouts, handler)
        : createHttpsServer(
            {
              ...timeouts,
              cert: readFileSync(tls.certificateFile),
              key: readFileSync(tls.keyFile),
            },
            handler,
          );
    server.maxConnections = serverLimits.connectionsMax;
    return server;
  };
}

/** A route of the API that names no query parameters takes none: one that is mistyped is told, at every route alike. */
function refuseUnknownQueries(app: App): void {
  app.addHook("onRoute", (route) => {
    if (route.url.startsWith("/api/"))
      route.schema = { querystring: noParameters, ...route.schema };
  });
}

/** What is not HTTP at all, or too slow, or has headers past Node's bound. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return;
  const body = JSON.stringify(problemOf("invalid-request", "the request is not readable HTTP"));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
