// Where connections go: the plan's target, and the hosts its redirects lead to as far as the policy allows them.
import { type Socket, connect } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { type LoadPlan, defaultPortOf } from "@tidemark/proto";
import { engineLimits } from "../../limits.ts";
import { tlsOptions, tlsOptionsElsewhere } from "../../tls.ts";
import type { DriverContext, Endpoint } from "../driver.ts";

export interface Origin {
  readonly endpoint: Endpoint;
  /** For the Host header. */
  readonly host: string;
  /** Undefined in the clear. */
  readonly tls: ConnectionOptions | undefined;
}

export type FoundOrigin =
  | { readonly kind: "origin"; readonly origin: Origin }
  | { readonly kind: "refused"; readonly reason: string };

export interface Origins {
  /** The plan's target. */
  readonly home: Origin;
  /** Another one; every host and port is judged once in a run. Never rejects. */
  find(url: URL): Promise<FoundOrigin>;
}

const alpn = ["http/1.1"];

/** Throws PlanRejected for TLS options that cannot be honoured. */
export function openOrigins(plan: LoadPlan, context: DriverContext): Origins {
  const target = new URL(plan.target);
  const tls = tlsOptions(plan, context, alpn);
  const home: Origin = { endpoint: context.endpoint, host: target.host, tls };
  const known = new Map<string, Promise<FoundOrigin>>([
    [target.origin, Promise.resolve({ kind: "origin", origin: home })],
  ]);
  const judge = async (url: URL): Promise<FoundOrigin> => {
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const port = url.port === "" ? (defaultPortOf(url.protocol) ?? 0) : Number(url.port);
    try {
      const verdict = await context.judge(host, port);
      if (verdict.kind === "refused")
        return { kind: "refused", reason: `${url.host}: ${verdict.reason}` };
      const elsewhere =
        url.protocol === "https:" ? tlsOptionsElsewhere(plan, host, alpn) : undefined;
      return {
        kind: "origin",
        origin: { endpoint: verdict.endpoint, host: url.host, tls: elsewhere },
      };
    } catch (cause) {
      return {
        kind: "refused",
        reason: `${url.host}: ${cause instanceof Error ? cause.message : String(cause)}`,
      };
    }
  };
  return {
    home,
    async find(url) {
      const found = known.get(url.origin);
      if (found !== undefined) return found;
      if (known.size > engineLimits.redirectOriginsMax)
        return {
          kind: "refused",
          reason: `redirects lead to more than ${engineLimits.redirectOriginsMax} other hosts`,
        };
      const judged = judge(url);
      known.set(url.origin, judged);
      return judged;
    },
  };
}

/** How a socket is read without a copy: `received` is called with the number of bytes at the buffer's start. */
export interface DirectRead {
  readonly buffer: Buffer;
  readonly received: (length: number) => void;
}

/** Begins to connect. `secureConnect` tells of TLS, `connect` of the connection below it. */
export function openSocket({ endpoint, tls }: Origin, read?: DirectRead): Socket {
  const options = {
    host: endpoint.address,
    port: endpoint.port,
    noDelay: true,
    ...(read === undefined
      ? {}
      : {
          onread: {
            buffer: read.buffer,
            callback: (length: number) => {
              read.received(length);
              return true;
            },
          },
        }),
  };
  return tls === undefined ? connect(options) : connectTls({ ...options, ...tls });
}
