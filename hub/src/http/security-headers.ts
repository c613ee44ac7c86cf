// What browsers are told to allow: this origin's own scripts, styles, images and connections, and nothing framed.
import type { FastifyHelmetOptions } from "@fastify/helmet";

/** Options for @fastify/helmet. `styleHashes` admits the inline style of the API's docs page. */
export function securityHeaders(options: {
  readonly tls: boolean;
  readonly scriptHashes: readonly string[];
  readonly styleHashes: readonly string[];
}): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'", ...options.scriptHashes],
        styleSrc: ["'self'", ...options.styleHashes],
        // Charts size their elements with style attributes; an attribute cannot load or run anything.
        styleSrcAttr: ["'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        workerSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Over plain HTTP the header would be ignored, and a hub that once had TLS would lock browsers out.
    strictTransportSecurity: options.tls ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: "no-referrer" },
    crossOriginResourcePolicy: { policy: "same-origin" },
    crossOriginOpenerPolicy: { policy: "same-origin" },
    xFrameOptions: { action: "deny" },
  };
}
