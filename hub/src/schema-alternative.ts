// Which alternative of a union a value means, where each is an object that says its kind: the faults of the others help nobody.
import { Type, type TSchema, type TUnion } from "typebox";

export type Meant =
  /** `path`: JSON pointer to the value that is to fit. */
  | {
      readonly kind: "alternative";
      readonly path: string;
      readonly schema: TSchema;
      readonly value: unknown;
    }
  /** The value is of none of these kinds; `isMissing` when it says none. */
  | {
      readonly kind: "none";
      readonly path: string;
      readonly kinds: readonly unknown[];
      readonly isMissing: boolean;
    };

/** Follows `path`, where a value did not fit, to the first union on it; undefined when there is none, or its alternatives have no kinds. */
export function meantAlternative(schema: TSchema, value: unknown, path: string): Meant | undefined {
  let at = schema;
  let within = value;
  let walked = "";
  for (const name of [...path.split("/").slice(1), undefined]) {
    if (Type.IsUnion(at)) return ofUnion(at, within, walked);
    if (name === undefined) return undefined;
    const next = Type.IsObject(at) ? at.properties[name] : Type.IsArray(at) ? at.items : undefined;
    if (next === undefined) return undefined;
    at = next;
    within = member(within, name);
    walked += `/${name}`;
  }
  return undefined;
}

function ofUnion(union: TUnion, value: unknown, path: string): Meant | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const byKind = new Map<unknown, TSchema>();
  for (const schema of flattened(union)) {
    const kind = Type.IsObject(schema) ? schema.properties["kind"] : undefined;
    if (kind === undefined || !Type.IsLiteral(kind)) return undefined;
    byKind.set(kind.const, schema);
  }
  const said = member(value, "kind");
  const schema = byKind.get(said);
  return schema === undefined
    ? { kind: "none", path, kinds: [...byKind.keys()], isMissing: said === undefined }
    : { kind: "alternative", path, schema, value };
}

function flattened({ anyOf }: TUnion): readonly TSchema[] {
  return anyOf.flatMap((schema) => (Type.IsUnion(schema) ? flattened(schema) : [schema]));
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
