// The part of fortio's command line that depends on the protocol: what is sent, and where.
import type { Assignment } from "../../carrier.ts";
import { openRequests } from "../../requests/requests.ts";
import type { Command } from "../program.ts";

const bodyName = "body";
const caName = "ca.pem";

/** It connects to the checked address, whatever the target's name would resolve to by now. */
export function targetOf({ plan, endpoint, run, share, secrets }: Assignment): Command {
  const { target, tls, timeoutMs } = plan;
  const url = new URL(target);
  const { method, headers, body } = openRequests(plan, { run, share, secrets }).next();
  const files: Record<string, string | Buffer> = body.length > 0 ? { [bodyName]: body } : {};
  const payload = body.length > 0 ? ["-payload-file", bodyName] : [];
  const named = headers.flatMap(({ name, value }) => ["-H", `${name}: ${value}`]);
  const address = endpoint.address.includes(":") ? `[${endpoint.address}]` : endpoint.address;
  const timeout = ["-timeout", `${timeoutMs}ms`];
  switch (url.protocol) {
    case "grpc:":
      return {
        args: [
          ["-grpc", "-healthservice", plan.grpc?.method ?? ""],
          timeout,
          named,
          [`${address}:${endpoint.port}`],
        ].flat(),
        files: {},
      };
    case "tcp:":
      return { args: [...payload, ...timeout, `tcp://${address}:${endpoint.port}`], files };
    case "udp:":
      return {
        args: [...payload, "-udp-timeout", `${timeoutMs}ms`, `udp://${address}:${endpoint.port}`],
        files,
      };
    default: {
      if (tls?.ca !== undefined) files[caName] = tls.ca;
      return {
        args: [
          ["-X", method],
          named,
          payload,
          timeout,
          ["-resolve", endpoint.address],
          tls?.ca === undefined ? [] : ["-cacert", caName],
          tls?.skipVerify === true ? ["-k"] : [],
          [target],
        ].flat(),
        files,
      };
    }
  }
}
