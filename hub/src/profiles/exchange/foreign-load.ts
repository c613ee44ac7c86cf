// What SMP's and Meshery's documents have in common: one client's load, as a draft of a profile's spec. What had to be guessed or
// cannot be carried over is a remark with its place in the spec.
import {
  type DriverName,
  type ProfileSpec,
  driverNames,
  isInstalledDriver,
  loadLimits,
  profileLimits,
} from "@tidemark/proto";
import { type Notes, noTarget } from "./draft.ts";
import { escaped, headersOf } from "./foreign-headers.ts";
import { applyOptions } from "./generator-options.ts";
import { parseGoDuration } from "./go-duration.ts";
import { type Protocol, endpointOf } from "./endpoint.ts";

export interface ForeignLoad {
  readonly protocol: Protocol | undefined;
  readonly endpoints: readonly string[];
  /** The generator asked for; the first one that is known of several. */
  readonly generators: readonly string[];
  readonly connections: number | undefined;
  /** 0: as fast as possible. */
  readonly perSecond: number | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly cookies: ReadonlyMap<string, string>;
  readonly body: string;
  readonly contentType: string | undefined;
  /** PEM of the authorities to trust. */
  readonly certificate: string | undefined;
  /** Of the generator, as JSON in a text or as an object. */
  readonly options: unknown;
}

type Load = ProfileSpec["load"];
type Variants = NonNullable<ProfileSpec["variants"]>;
/** While it is put together. */
type Writable = { -readonly [K in keyof Load]: Load[K] };

/** Throws RangeError for what no profile could hold. */
export function loadOf(
  foreign: ForeignLoad,
  durationSeconds: number,
  notes: Notes,
): { readonly load: Load; readonly variants: Variants } {
  const { body } = foreign;
  if (body.length > loadLimits.bodyLengthMax)
    throw new RangeError(`a body has ${loadLimits.bodyLengthMax} characters at most`);
  const load: Writable = { target: noTarget, durationSeconds };
  const driver = generatorOf(foreign.generators, notes);
  if (driver !== undefined) load.driver = driver;
  const variants = aim(load, foreign, notes);
  const scheme = load.target.split(":", 1)[0] ?? "";
  const isRaw = scheme === "tcp" || scheme === "udp";
  const isHttp = scheme === "http" || scheme === "https";
  const headers = headersOf(foreign, notes);
  if (headers.length > 0) load.headers = [...headers];
  if (body !== "") {
    load.body = isRaw ? body : escaped(body);
    if (isHttp) {
      load.method = "POST";
      notes.remark("/load/method", "the document names none: POST, since there is a body");
    }
  }
  if (isRaw) {
    load.socket = { exchange: body === "" && scheme === "tcp" ? "connect" : "request" };
    notes.remark("/load/socket", `what counts as an answer is a guess: ${load.socket.exchange}`);
  }
  if (scheme.startsWith("grpc")) {
    load.grpc = { call: body === "" ? "health" : "unary", method: "" };
    if (body === "") notes.remark("/load/grpc", "the document names no call: a health check");
    else notes.lack("/load/grpc/method", "which method? The document names none");
  }
  if (foreign.perSecond === undefined)
    notes.lack("/load/pacing", "how fast? The document does not say");
  else if (foreign.perSecond > 0) load.ratePerSecond = foreign.perSecond;
  else load.pacing = { kind: "max" };
  if (foreign.connections !== undefined) load.connections = foreign.connections;
  trust(load, foreign.certificate, notes);
  applyOptions(load, foreign.options, notes);
  return { load, variants };
}

/** Seconds of a Go duration; undefined for one that cannot be read. */
export function secondsOf(text: string | undefined, notes: Notes): number | undefined {
  if (text === undefined) {
    notes.remark("/load/durationSeconds", "the document gives none: 30 s, as Meshery takes then");
    return 30;
  }
  const ms = parseGoDuration(text);
  if (ms === undefined) return undefined;
  const held = Math.min(Math.max(ms, 100), loadLimits.durationMsMax);
  if (held !== ms)
    notes.remark("/load/durationSeconds", `${text} is outside 0.1 s to 24 h: ${held / 1_000} s`);
  return held / 1_000;
}

const tidemark = "tidemark";

function generatorOf(names: readonly string[], notes: Notes): DriverName | undefined {
  const known = names
    .map((name) => driverNames.find((driver) => driver === name.trim().toLowerCase()))
    .filter((driver) => driver !== undefined && isInstalledDriver(driver));
  const [driver] = known;
  for (const name of names)
    if (name.trim().toLowerCase() !== (driver ?? tidemark) && name.trim() !== "")
      notes.remark(
        "/load/driver",
        driver === undefined
          ? `the generator ${name} is not known here: Tidemark's own driver takes its place`
          : `one driver sends: ${driver}, and not ${name} besides`,
      );
  return driver;
}

/** Several endpoints of one host are requests that take turns; of several hosts, or for another's generator, variants. */
function aim(load: Writable, { endpoints, protocol }: ForeignLoad, notes: Notes): Variants {
  const urls = endpoints.flatMap((text) => {
    const endpoint = endpointOf(text, protocol);
    if (endpoint.kind === "faulty") notes.lack("/load/target", endpoint.reason);
    else if (endpoint.remark !== undefined) notes.remark("/load/target", endpoint.remark);
    return endpoint.kind === "faulty" ? [] : [endpoint.url];
  });
  const [first, ...others] = urls;
  if (first === undefined) {
    if (endpoints.length === 0) notes.lack("/load/target", "the document names no endpoint");
    return [];
  }
  load.target = first;
  if (others.length === 0) return [];
  const parsed = urls.map((url) => new URL(url));
  const isOneHost = parsed.every(({ origin }) => origin === parsed[0]?.origin);
  const isHttp = /^https?:/.test(first);
  if (isOneHost && isHttp && load.driver === undefined && urls.length <= loadLimits.requestsMax) {
    load.requests = parsed.map(({ pathname, search }) => ({
      weight: 1,
      path: `${pathname}${search}`,
    }));
    notes.remark(
      "/load/requests",
      `${urls.length} endpoints take turns: the rate is that of all of them together`,
    );
    return [];
  }
  if (urls.length > profileLimits.variantsMax)
    throw new RangeError(`a profile has ${profileLimits.variantsMax} variants at most`);
  notes.remark(
    "/variants",
    `${urls.length} endpoints become variants, which run one after the other and not at once`,
  );
  return parsed.map(({ host, pathname }, index) => ({
    labels: { endpoint: `${index + 1} ${host}${pathname}`.slice(0, 64) },
    ...(index > 0 && { target: urls[index] ?? first }),
  }));
}

function trust(load: Writable, certificate: string | undefined, notes: Notes): void {
  if (certificate === undefined) return;
  if (/PRIVATE KEY/.test(certificate))
    notes.remark("/load/tls/ca", "the certificate is left out: it comes with a private key");
  else if (!/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(certificate))
    notes.remark("/load/tls/ca", "the certificate is left out: it is no PEM");
  else if (!/^(https|wss|grpcs):/.test(load.target))
    notes.remark("/load/tls/ca", `the certificate is left out: the target is not spoken over TLS`);
  else load.tls = { ca: certificate };
}
