// What fortio cannot be asked for, beyond the capability table.
import { type LoadPlan, tlsSchemes } from "@tidemark/proto";

/** fortio puts a fresh UUID in the place of this, wherever it stands. */
const ownTemplate = "{uuid}";

/** The plan's field and why fortio cannot honour it; undefined when it can. */
export function fortioFault(plan: LoadPlan): string | undefined {
  const { target, body, headers, grpc, socket, pacing, durationMs, tls } = plan;
  const { protocol } = new URL(target);
  const filled = [
    { field: "target", text: target },
    { field: "body", text: body },
    ...headers.map(({ value }, index) => ({ field: `headers/${index}`, text: value })),
  ].find(({ text }) => text.includes(ownTemplate));
  if (filled !== undefined)
    return `${filled.field}: fortio would put a UUID in the place of ${ownTemplate}`;
  if (pacing.kind === "constant" && pacing.ratePerSecond * (durationMs / 1_000) < 2)
    return "pacing/ratePerSecond: fortio makes 2 calls at least, which is more than the plan has";
  if (tls?.ca !== undefined && tls.skipVerify === true)
    return "tls: fortio takes authorities or skips the check, not both";
  if (protocol === "grpcs:")
    return "target: fortio would look the name up again to check the certificate; use grpc";
  if (tlsSchemes.includes(protocol) || protocol === "http:") return undefined;
  if (protocol === "grpc:" && grpc?.call !== "health")
    return "grpc/call: fortio is asked for the health service only; use grpc";
  if (protocol === "grpc:" && body !== "") return "body: a health check has no message of its own";
  if (protocol === "tcp:" || protocol === "udp:") {
    if (socket?.exchange !== "echo")
      return `socket/exchange: fortio waits for its own bytes to come back, ${socket?.exchange ?? "nothing"} is another exchange`;
    if (socket.encoding === "base64") return "socket/encoding: fortio is handed text";
  }
  return undefined;
}
