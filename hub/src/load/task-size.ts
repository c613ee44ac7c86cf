// Whether a plan fits into one message once it is signed and encoded. Pure.
import { type LoadPlan, wireLimits } from "@tidemark/proto";

/** Ids, times, nonce and signature, in both layers. */
const overheadBytes = 1_024;

/** Undefined when it fits; otherwise the field that takes most. */
export function sizeFault(
  plan: LoadPlan,
): { readonly field: string; readonly reason: string } | undefined {
  // The signed JSON travels as base64.
  const bytes = Math.ceil(bytesOf(plan) / 3) * 4 + overheadBytes;
  if (bytes <= wireLimits.messageBytesMax) return undefined;
  const fields = [
    ["/body", plan.body],
    ["/headers", plan.headers],
    ["/requests", plan.requests],
    ["/feed/csv", plan.feed?.csv],
    ["/tls/ca", plan.tls?.ca],
    ["/grpc/proto", plan.grpc?.proto],
  ] as const;
  const [largest] = fields
    .map(([field, value]) => ({ field, bytes: value === undefined ? 0 : bytesOf(value) }))
    .sort((one, other) => other.bytes - one.bytes);
  const kilobytes = (count: number) => `${Math.ceil(count / 1_024)} kB`;
  return {
    field: largest?.field ?? "",
    reason: `the plan takes ${kilobytes(bytes)} as a signed message and ${kilobytes(wireLimits.messageBytesMax)} fit; most of it is here`,
  };
}

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
