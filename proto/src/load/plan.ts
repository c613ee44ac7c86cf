// A load test as data: what a user may ask for, and the plan an agent carries out.
import { Type, type Static } from "typebox";
import { loadLimits } from "../limits.ts";
import { jsonParser } from "../parse.ts";
import { DriverName } from "./drivers.ts";
import { Pacing } from "./pacing.ts";
import { Share } from "./share.ts";

const strict = { additionalProperties: false } as const;
const text = (maxLength: number) => Type.String({ maxLength });

/** How the generator waits for the next due time: a pacer thread, a 1 ms timer, or a spin that owns a core. */
export const Precision = Type.Union([
  Type.Literal("precise"),
  Type.Literal("economy"),
  Type.Literal("exact"),
]);
export type Precision = Static<typeof Precision>;

export const httpMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export const HttpMethod = Type.Enum(httpMethods);
export type HttpMethod = Static<typeof HttpMethod>;

/** One request header; no CR, LF or NUL can pass. The value may hold templates. */
export const Header = Type.Object(
  {
    name: Type.String({
      pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
      minLength: 1,
      maxLength: loadLimits.headerNameLengthMax,
    }),
    value: Type.String({
      pattern: "^[\\t\\u0020-\\u007e\\u0080-\\u00ff]*$",
      maxLength: loadLimits.headerValueLengthMax,
    }),
  },
  strict,
);
export type Header = Static<typeof Header>;

const headers = Type.Array(Header, { maxItems: loadLimits.headersMax });
const body = Type.String({ maxLength: loadLimits.bodyLengthMax });

/** Name of a secret in the agent's own secret file. */
export const SecretName = Type.String({ pattern: "^[a-z0-9][a-z0-9._-]{0,63}$" });

/** One of several requests that are sent in turn by weight. What it leaves out is as in the plan. */
export const WeightedRequest = Type.Object(
  {
    weight: Type.Integer({ minimum: 1, maximum: 1_000 }),
    method: Type.Optional(HttpMethod),
    /** Path and query, in place of the target's. May hold templates. */
    path: Type.Optional(
      Type.String({
        pattern: "^/[^\\s\\u0000-\\u0020\\u007f]*$",
        maxLength: loadLimits.urlLengthMax,
      }),
    ),
    headers: Type.Optional(headers),
    body: Type.Optional(body),
  },
  strict,
);
export type WeightedRequest = Static<typeof WeightedRequest>;

/** Rows that fill the templates `{{feed.column}}`. CSV with a header line (RFC 4180), at most `feedLengthMax` characters. */
export const Feed = Type.Object(
  {
    csv: Type.String({ minLength: 1, maxLength: loadLimits.feedLengthMax }),
    /** cycle: row after row, again from the first; random: seeded, each row as likely; once: a run that needs more rows ends. */
    order: Type.Union([Type.Literal("cycle"), Type.Literal("random"), Type.Literal("once")]),
  },
  strict,
);
export type Feed = Static<typeof Feed>;

/** How requests identify themselves. Secrets are names in the agent's secret file. */
export const Auth = Type.Union([
  Type.Object(
    { kind: Type.Literal("basic"), username: text(256), passwordSecret: SecretName },
    strict,
  ),
  Type.Object({ kind: Type.Literal("bearer"), tokenSecret: SecretName }, strict),
  /** OAuth 1.0 with the PLAINTEXT signature (RFC 5849 3.4.4). The secret is a MAAS API key: `consumer:token:secret`. */
  Type.Object({ kind: Type.Literal("oauth1"), keySecret: SecretName }, strict),
]);
export type Auth = Static<typeof Auth>;

export const TlsOptions = Type.Object(
  {
    /** Sent as SNI and checked against the certificate, in place of the target's host. */
    serverName: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9._-]{1,253}$" })),
    /** PEM of the authorities to trust in place of the host's. */
    ca: Type.Optional(text(100_000)),
    /** Secrets that hold the client's certificate and key as PEM. */
    certificateSecret: Type.Optional(SecretName),
    keySecret: Type.Optional(SecretName),
    /** The server's certificate is not checked; the result says so. */
    skipVerify: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type TlsOptions = Static<typeof TlsOptions>;

/** Which responses count as what was wanted; others are `unexpected`. Without it: statuses below 400, gRPC status 0. */
export const Expectation = Type.Object(
  {
    /** "200", "2xx" or "200-299"; for gRPC its status codes. */
    statuses: Type.Optional(
      Type.Array(Type.String({ pattern: "^([0-9]{1,3}|[1-9]xx|[0-9]{1,3}-[0-9]{1,3})$" }), {
        minItems: 1,
        maxItems: 32,
      }),
    ),
    /** Text that the body, the message or the datagram holds, as UTF-8. */
    body: Type.Optional(Type.String({ minLength: 1, maxLength: loadLimits.expectedBodyLengthMax })),
  },
  strict,
);
export type Expectation = Static<typeof Expectation>;

export const WebSocketOptions = Type.Object(
  {
    /**
     * echo: the next message answers; request: the message that holds the sent `{{id}}` answers; ping: RTT of a ping frame;
     * broadcast: answered when every connection of the worker has received the message.
     */
    exchange: Type.Union([
      Type.Literal("echo"),
      Type.Literal("request"),
      Type.Literal("ping"),
      Type.Literal("broadcast"),
    ]),
    subprotocol: Type.Optional(Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$" })),
  },
  strict,
);
export type WebSocketOptions = Static<typeof WebSocketOptions>;

export const SseOptions = Type.Object(
  {
    /** first-event: from the request to its first event, a new stream each time; gap: from event to event of an open stream. */
    measure: Type.Union([Type.Literal("first-event"), Type.Literal("gap")]),
  },
  strict,
);
export type SseOptions = Static<typeof SseOptions>;

export const GrpcOptions = Type.Object(
  {
    /** unary; server-stream: until the last message; health: `grpc.health.v1.Health/Check`. */
    call: Type.Union([
      Type.Literal("unary"),
      Type.Literal("server-stream"),
      Type.Literal("health"),
    ]),
    /** `package.Service/Method`; for health the service asked about, empty for the whole server. */
    method: Type.String({ pattern: "^[A-Za-z0-9._/]*$", maxLength: 256 }),
    /** The .proto file that defines the method; by server reflection without it. The message itself is the plan's body, as JSON. */
    proto: Type.Optional(text(200_000)),
  },
  strict,
);
export type GrpcOptions = Static<typeof GrpcOptions>;

export const SocketOptions = Type.Object(
  {
    /** connect: TCP's own handshake; echo: the body comes back; request: `expect.body` or, without it, any bytes answer. */
    exchange: Type.Union([Type.Literal("connect"), Type.Literal("echo"), Type.Literal("request")]),
    /** How the plan's body is written down. */
    encoding: Type.Optional(Type.Union([Type.Literal("utf8"), Type.Literal("base64")])),
  },
  strict,
);
export type SocketOptions = Static<typeof SocketOptions>;

/** Options of a plan that say something only where they are given; the capability table says which driver honours which. */
export const planOptions = {
  requests: Type.Optional(
    Type.Array(WeightedRequest, { minItems: 1, maxItems: loadLimits.requestsMax }),
  ),
  feed: Type.Optional(Feed),
  auth: Type.Optional(Auth),
  tls: Type.Optional(TlsOptions),
  expect: Type.Optional(Expectation),
  /** Redirects followed at most; 0, the default, takes a 3xx for the response. */
  redirectsMax: Type.Optional(Type.Integer({ minimum: 0, maximum: loadLimits.redirectsMax })),
  /** Requests at a time on one connection, where the protocol multiplexes. */
  streams: Type.Optional(Type.Integer({ minimum: 1, maximum: loadLimits.streamsMax })),
  websocket: Type.Optional(WebSocketOptions),
  sse: Type.Optional(SseOptions),
  grpc: Type.Optional(GrpcOptions),
  socket: Type.Optional(SocketOptions),
  /** Threads that generate on each agent. */
  workers: Type.Optional(Type.Integer({ minimum: 1, maximum: loadLimits.workersMax })),
  /** Load before the run proper, at its first rate, that is sent and never counted. */
  warmupMs: Type.Optional(Type.Integer({ minimum: 0, maximum: loadLimits.warmupMsMax })),
  /** False leaves out the User-Agent and the run's id that name Tidemark in every request. */
  identify: Type.Optional(Type.Boolean()),
  /** Whether another run may use the same agent or the same target meanwhile. */
  mayShare: Type.Optional(Type.Boolean()),
} as const;

/** Everything an agent needs to carry out its share of a run. */
export const LoadPlan = Type.Object(
  {
    driver: DriverName,
    target: Type.String({
      pattern: "^(https?|wss?|grpcs?|tcp|udp)://[^\\s\\u0000-\\u0020\\u007f]+$",
      maxLength: loadLimits.urlLengthMax,
    }),
    method: HttpMethod,
    /** Request headers; the metadata of a gRPC call. */
    headers,
    /** What is sent: a request's body, a WebSocket message, a TCP or UDP payload, a gRPC message as JSON. */
    body,
    pacing: Pacing,
    precision: Precision,
    connections: Type.Integer({ minimum: 1, maximum: loadLimits.connectionsMax }),
    durationMs: Type.Integer({ minimum: 100, maximum: loadLimits.durationMsMax }),
    timeoutMs: Type.Integer({ minimum: 1, maximum: loadLimits.timeoutMsMax }),
    ...planOptions,
    /** This agent's part; the whole without it. `pacing`, `connections` and clients are those of all agents together. */
    share: Type.Optional(Share),
  },
  strict,
);
export type LoadPlan = Static<typeof LoadPlan>;

export const parseLoadPlan = jsonParser(LoadPlan, "load plan");
