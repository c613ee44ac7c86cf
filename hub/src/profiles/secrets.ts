// Where a profile could hold a secret, and must not: it is kept, shown to viewers and exported. Pure.
import type { Header, PlanFault, ProfileSpec } from "@tidemark/proto";

const secretNames =
  /^(authorization|proxy-authorization|cookie|x-auth|x-auth-.*)$|token|secret|passw|api-?key|credential|signature/i;
const secretParameters = /^(access_?token|auth_?token|token|api_?key|password|secret|signature)$/i;
const reference = /\{\{\s*secret\.[a-z0-9][a-z0-9._-]{0,63}\s*\}\}/;

/** Whether a header of this name usually holds what others must not see. */
export function holdsSecret(headerName: string): boolean {
  return secretNames.test(headerName);
}

/** Whether a text takes a secret from the agent's own secret file. */
export function refersToSecret(text: string): boolean {
  return reference.test(text);
}

/** The first header or query parameter that would put a secret into the profile, by JSON pointer into the spec. */
export function secretFault({ load, variants = [] }: ProfileSpec): PlanFault | undefined {
  return (
    headerFault(load.headers, "/load/headers") ??
    parameterFault(load.target, "/load/target") ??
    firstOf(
      load.requests ?? [],
      ({ headers, path }, index) =>
        headerFault(headers, `/load/requests/${index}/headers`) ??
        parameterFault(path, `/load/requests/${index}/path`),
    ) ??
    firstOf(
      variants,
      ({ headers, target }, index) =>
        headerFault(headers, `/variants/${index}/headers`) ??
        parameterFault(target, `/variants/${index}/target`),
    )
  );
}

function headerFault(headers: readonly Header[] | undefined, at: string): PlanFault | undefined {
  return firstOf(headers ?? [], ({ name, value }, index) =>
    holdsSecret(name) && !refersToSecret(value)
      ? {
          field: `${at}/${index}/value`,
          reason: `${name} usually holds a secret, and a profile holds none: refer to one in the agent's secret file, {{secret.name}}, or use auth`,
        }
      : undefined,
  );
}

function parameterFault(url: string | undefined, field: string): PlanFault | undefined {
  const query = url?.split("#", 1)[0]?.split("?").slice(1).join("?") ?? "";
  return firstOf([...new URLSearchParams(query)], ([name, value]) =>
    secretParameters.test(name) && !refersToSecret(value)
      ? {
          field,
          reason: `its parameter ${name} usually holds a secret, and a profile holds none: put path and query in requests/0/path and refer to {{secret.name}}`,
        }
      : undefined,
  );
}

function firstOf<T>(
  items: readonly T[],
  faultOf: (item: T, index: number) => PlanFault | undefined,
): PlanFault | undefined {
  for (const [index, item] of items.entries()) {
    const fault = faultOf(item, index);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The same spec; where `secretFault` would find a secret its value is blank. */
export function withoutSecrets(spec: ProfileSpec): ProfileSpec {
  const { load, variants } = spec;
  return {
    ...spec,
    load: {
      ...load,
      target: blankedUrl(load.target),
      ...(load.headers && { headers: load.headers.map(blankedHeader) }),
      ...(load.requests && {
        requests: load.requests.map((request) => ({
          ...request,
          ...(request.path !== undefined && { path: blankedUrl(request.path) }),
          ...(request.headers && { headers: request.headers.map(blankedHeader) }),
        })),
      }),
    },
    ...(variants && {
      variants: variants.map((variant) => ({
        ...variant,
        ...(variant.target !== undefined && { target: blankedUrl(variant.target) }),
        ...(variant.headers && { headers: variant.headers.map(blankedHeader) }),
      })),
    }),
  };
}

const blankedHeader = (header: Header): Header =>
  headerFault([header], "") === undefined ? header : { ...header, value: "" };

function blankedUrl(asked: string): string {
  // What stands before an @ is credentials, and blank ones are still refused.
  const url = asked.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1-@");
  if (parameterFault(url, "") === undefined) return url;
  const [before = "", ...query] = url.split("?");
  const parameters = query
    .join("?")
    .split("&")
    .map((each) => {
      const [name = "", ...value] = each.split("=");
      return secretParameters.test(decoded(name)) && !refersToSecret(value.join("="))
        ? `${name}=`
        : each;
    });
  return `${before}?${parameters.join("&")}`;
}

function decoded(text: string): string {
  return new URLSearchParams(`${text}=`).keys().next().value ?? "";
}
