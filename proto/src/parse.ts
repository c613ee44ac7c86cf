// Where `unknown` becomes a type: one compiled check per schema, one error that names the field.
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";

/** UTF-16 units of a refused field's path that an error repeats. */
const pathLengthMax = 200;

/** A message or a request that its schema refuses; `reason` names the field and what was expected. */
export class MessageRejected extends Error {
  override readonly name = "MessageRejected";
  readonly what: string;
  readonly reason: string;
  /** JSON pointer; empty for the whole. */
  readonly field: string;

  constructor(what: string, reason: string, field = "") {
    super(`${what} refused: ${reason}`);
    this.what = what;
    this.reason = reason;
    this.field = field;
  }
}

/** Compiles `schema` at its first use (20 to 50 ms of CPU that a short command need not pay) and checks values with it from then on. */
export function parser<S extends TSchema>(schema: S, what: string): (value: unknown) => Static<S> {
  let validator: ReturnType<typeof Compile<S>> | undefined;
  return (value) => {
    validator ??= Compile(schema);
    if (validator.Check(value)) return value as Static<S>;
    const [first] = validator.Errors(value);
    // The path holds the sender's own keys, so it is cut before it reaches a log or an answer.
    const path = (first?.instancePath ?? "").slice(0, pathLengthMax);
    const message = first === undefined ? undefined : faultOf(schema, first);
    throw new MessageRejected(
      what,
      `${path === "" ? "the whole" : path} ${message ?? "does not fit its schema"}`,
      path,
    );
  };
}

/** What is wrong, for people: "schema is false" and a bare pattern help nobody. */
function faultOf(
  schema: TSchema,
  { keyword, schemaPath, message }: { keyword: string; schemaPath: string; message: string },
): string {
  // What `additionalProperties: false` refuses.
  if (keyword === "boolean") return "is not a known field";
  if (keyword !== "pattern") return message;
  let at: unknown = schema;
  for (const key of schemaPath.split("/").slice(1))
    at = typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
  const described =
    typeof at === "object" && at !== null ? Reflect.get(at, "description") : undefined;
  return typeof described === "string" ? `must be ${described}` : message;
}

/** Like `parser`, from UTF-8 JSON bytes. */
export function jsonParser<S extends TSchema>(
  schema: S,
  what: string,
): (bytes: Uint8Array) => Static<S> {
  const parse = parser(schema, what);
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  return (bytes) => {
    let value: unknown;
    try {
      value = JSON.parse(utf8.decode(bytes));
    } catch {
      throw new MessageRejected(what, "it is not JSON in UTF-8");
    }
    return parse(value);
  };
}
