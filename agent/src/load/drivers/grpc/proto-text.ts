// Descriptors from the text of a .proto file. Nothing is read from disk: what it imports is part of protobuf itself or refused.
import protobuf from "protobufjs";
import { PlanRejected } from "../driver.ts";

/** Throws PlanRejected with the line of what is wrong. */
export function rootOfProto(text: string): protobuf.Root {
  const parsed = parseProto(text);
  const { root, imports = [] } = parsed;
  for (const name of imports) {
    const known = protobuf.common.get(name);
    if (known?.nested === undefined)
      throw new PlanRejected(
        `grpc/proto: it imports ${name.slice(0, 200)}: put what it needs of it into this text`,
      );
    root.addJSON(known.nested);
  }
  try {
    root.resolveAll();
    return root;
  } catch (cause) {
    throw new PlanRejected(`grpc/proto: ${messageOf(cause)}`);
  }
}

function parseProto(text: string): protobuf.IParserResult {
  try {
    return protobuf.parse(text);
  } catch (cause) {
    const message = messageOf(cause);
    const [whole, line] = /\s*\((?:[^()]*, )?line (\d+)\)$/.exec(message) ?? [];
    throw new PlanRejected(
      whole === undefined
        ? `grpc/proto: ${message}`
        : `grpc/proto line ${line}: ${message.slice(0, -whole.length)}`,
    );
  }
}

function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, 400);
}
