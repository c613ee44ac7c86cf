// Checks a value against a schema and says in one readable sentence what is wrong with which field. HTTP requests and the
// configuration go through here; the wire's messages go through proto's `parser`, whose reasons are for operators.
import { IdSchema } from "@tidemark/proto";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Errors } from "typebox/value";
import { meantAlternative } from "./schema-alternative.ts";

export interface Fault {
  /** JSON pointer; empty for the whole value. */
  readonly field: string;
  /** Continues a sentence that begins with the field's name. */
  readonly message: string;
}

/** Compiles `schema` when first used; `undefined` means that the value fits. */
export function checker(schema: TSchema): (value: unknown) => Fault | undefined {
  let validator: ReturnType<typeof Compile> | undefined;
  return (value) => {
    validator ??= Compile(schema);
    return validator.Check(value) ? undefined : kindFault(schema, value, validator.Errors(value));
  };
}

/** Within a union whose alternatives say their kind, the faults of the alternative that is meant. */
function kindFault(schema: TSchema, value: unknown, errors: readonly SchemaError[]): Fault {
  const [first] = errors;
  const meant = first && meantAlternative(schema, value, first.instancePath);
  if (meant === undefined) return readableFault(errors);
  if (meant.kind === "none") {
    const message = meant.isMissing ? "is missing" : `must be one of ${listed(meant.kinds)}`;
    return { field: `${meant.path}/kind`, message };
  }
  const within = kindFault(meant.schema, meant.value, Errors(meant.schema, meant.value));
  return { ...within, field: `${meant.path}${within.field}` };
}

const idPattern: unknown = Reflect.get(IdSchema, "pattern");

type SchemaError = ReturnType<ReturnType<typeof Compile>["Errors"]>[number];

function readableFault(errors: readonly SchemaError[]): Fault {
  const union = errors.find((error) => error.keyword === "anyOf");
  const told = errors.find((error) => error.keyword !== "boolean" && error !== union);
  if (told === undefined) return { field: "", message: "does not fit its schema" };
  if (union !== undefined && told.instancePath === union.instancePath)
    return { field: union.instancePath, message: alternatives(errors, union.instancePath) };
  const isId = errors.some(
    (error) => error.instancePath === told.instancePath && isIdPattern(error),
  );
  if (isId)
    return { field: told.instancePath, message: "must be an id: 16 characters of a–z and 2–7" };
  return fault(told);
}

/** What a union would have taken, of the alternatives that say so at its own level. */
function alternatives(errors: readonly SchemaError[], path: string): string {
  const own = errors.filter((error) => error.instancePath === path);
  const values = own.flatMap((error) =>
    error.keyword === "const" ? [error.params.allowedValue] : [],
  );
  if (values.length > 0) return `must be one of ${listed(values)}`;
  const telling = own.find((error) => error.keyword !== "anyOf" && !isNullType(error));
  return telling === undefined ? "does not fit its schema" : fault(telling).message;
}

const listed = (values: readonly unknown[]) =>
  values.map((value) => JSON.stringify(value)).join(", ");

const isIdPattern = (error: SchemaError) =>
  error.keyword === "pattern" && String(error.params.pattern) === idPattern;

const isNullType = (error: SchemaError) =>
  error.keyword === "type" && String(error.params.type) === "null";

function fault(error: SchemaError): Fault {
  const field = error.instancePath;
  switch (error.keyword) {
    case "required":
      return {
        field: `${field}/${error.params.requiredProperties[0] ?? ""}`,
        message: "is missing",
      };
    case "additionalProperties":
      return {
        field: `${field}/${error.params.additionalProperties[0] ?? ""}`,
        message: "is not a field that can stand here",
      };
    case "enum":
      return { field, message: `must be one of ${listed(error.params.allowedValues)}` };
    default:
      return { field, message: error.message };
  }
}
