// How requests and replies meet their schemas: bodies exactly as sent, nothing removed and nothing converted; query strings
// become numbers, booleans and arrays where the schema asks for them, and only by their plain spelling.
import type { FastifySchema, FastifySchemaCompiler } from "fastify";
import type { FastifySerializerCompiler } from "fastify/types/schema.js";
import { Type, type TObject, type TSchema } from "typebox";
import { RequestRefused } from "../errors.ts";
import { type Fault, checker } from "../schema-check.ts";

/** Fastify's validator compiler over TypeBox schemas. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = checker(schema);
  const convert =
    httpPart === "querystring" && Type.IsObject(schema) ? queryConverter(schema) : undefined;
  return (sent: unknown) => {
    const value = convert === undefined ? sent : convert(sent);
    const fault = check(value);
    return fault === undefined ? { value } : { error: refusal(fault, httpPart ?? "body") };
  };
};

function refusal(fault: Fault, part: string): RequestRefused {
  const where = part === "querystring" ? "query" : part;
  const named = fault.field === "" ? `the ${where}` : `${fault.field} of the ${where}`;
  return new RequestRefused("invalid-request", `${named} ${fault.message}`, {
    field: fault.field === "" ? undefined : fault.field,
  });
}

/** Replies are what the handlers' types say. `checked` (the tests) also holds every reply against its schema. */
export function serializerCompiler(checked: boolean): FastifySerializerCompiler<FastifySchema> {
  return ({ schema, method, url, httpStatus }) => {
    if (!checked) return JSON.stringify;
    const check = checker(schema);
    return (reply: unknown) => {
      const fault = check(reply);
      if (fault !== undefined)
        throw new Error(
          `the reply ${httpStatus} of ${method} ${url} breaks its schema: ${fault.field} ${fault.message}`,
        );
      return JSON.stringify(reply);
    };
  };
}

/** A function that gives a parsed query string the types its schema asks for; what does not convert stays text and is refused by the schema. */
function queryConverter(schema: TObject): (query: unknown) => unknown {
  const properties = new Map<string, TSchema>(Object.entries(schema.properties));
  return (query) => {
    if (typeof query !== "object" || query === null) return query;
    return Object.fromEntries(
      Object.entries(query).map(([key, value]) => {
        const property = properties.get(key);
        return [key, property === undefined ? value : convertValue(value, property)];
      }),
    );
  };
}

function convertValue(value: unknown, schema: TSchema): unknown {
  if (Type.IsArray(schema)) return typeof value === "string" ? [value] : value;
  if (typeof value !== "string") return value;
  if (Type.IsInteger(schema) || Type.IsNumber(schema))
    return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (Type.IsBoolean(schema)) return value === "true" ? true : value === "false" ? false : value;
  return value;
}
