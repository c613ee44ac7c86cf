// The fields of an object in a foreign document, whatever way their names are written, each taken once and by its type: what nobody
// took is known at the end, so that nothing falls away unsaid.
import type { ForeignDocument, Path } from "./document.ts";

export interface Fields {
  readonly path: Path;
  has(name: string): boolean;
  /** A number or a boolean is taken as it is written. Empty is undefined. */
  text(name: string): string | undefined;
  /** Also one that is written as text, as protojson writes 64 bits. */
  integer(name: string): number | undefined;
  flag(name: string): boolean | undefined;
  /** A list of texts, or one alone. */
  texts(name: string): readonly string[];
  /** Texts by name: an object, or one as JSON in a text. */
  textMap(name: string): ReadonlyMap<string, string>;
  object(name: string): Fields | undefined;
  objects(name: string): readonly Fields[];
  /** The value as it is: for what has several types. */
  raw(name: string): unknown;
  /** Names, as written, of what was not taken and says something. */
  rest(): readonly string[];
  refusal(name: string, reason: string): Error;
}

/** Throws DocumentRefused when `value` is no object. Names are compared without case, `_` and `-`: `smp_version` is `smpVersion`. */
export function fieldsOf(document: ForeignDocument, value: unknown, path: Path): Fields {
  if (!isObject(value)) throw document.refusal(path, "it must be an object: fields and values");
  const left = new Map<string, readonly [string, unknown]>();
  for (const [name, each] of Object.entries(value)) {
    const key = plainName(name);
    if (left.has(key)) throw document.refusal([...path, name], "it is given twice");
    left.set(key, [name, each]);
  }
  const written = new Map(Array.from(left, ([key, [name]]) => [key, name]));

  const at = (name: string) => [...path, written.get(plainName(name)) ?? name];
  const refusal = (name: string, reason: string) => document.refusal(at(name), reason);

  function raw(name: string): unknown {
    const key = plainName(name);
    const [, found] = left.get(key) ?? [];
    left.delete(key);
    return found ?? undefined;
  }

  return {
    path,
    has: (name) => isSaid(left.get(plainName(name))?.[1]),
    raw,
    refusal,
    text(name) {
      const found = raw(name);
      if (found === undefined) return undefined;
      if (!isScalar(found)) throw refusal(name, "it must be a text");
      return String(found) === "" ? undefined : String(found);
    },
    integer(name) {
      const found = raw(name);
      if (found === undefined || found === "") return undefined;
      const number =
        typeof found === "string" && /^-?\d{1,19}$/.test(found) ? Number(found) : found;
      if (typeof number !== "number" || !Number.isInteger(number))
        throw refusal(name, "it must be a whole number");
      return number;
    },
    flag(name) {
      const found = raw(name);
      if (found === undefined || typeof found === "boolean") return found;
      throw refusal(name, "it must be true or false");
    },
    texts(name) {
      const found = raw(name);
      if (found === undefined || found === "") return [];
      const items: readonly unknown[] = Array.isArray(found) ? found : [found];
      return items.map((item, index) => {
        if (typeof item === "string") return item;
        throw document.refusal([...at(name), index], "it must be a text");
      });
    },
    textMap(name) {
      const found = raw(name);
      if (found === undefined || found === "") return new Map();
      const object = typeof found === "string" ? jsonIn(found) : found;
      if (!isObject(object))
        throw refusal(name, "it must be an object of texts, or one as JSON in a text");
      return new Map(
        Object.entries(object).map(([key, item]) => {
          if (isScalar(item)) return [key, String(item)];
          throw document.refusal([...at(name), key], "it must be a text");
        }),
      );
    },
    object(name) {
      const found = raw(name);
      return found === undefined ? undefined : fieldsOf(document, found, at(name));
    },
    objects(name) {
      const found = raw(name);
      if (found === undefined) return [];
      if (!Array.isArray(found)) throw refusal(name, "it must be a list");
      return found.map((item, index) => fieldsOf(document, item, [...at(name), index]));
    },
    rest: () => Array.from(left.values()).flatMap(([name, each]) => (isSaid(each) ? [name] : [])),
  };
}

const plainName = (name: string) => name.replace(/[_-]/g, "").toLowerCase();

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** Empty values are what writers put where they had nothing to say. */
function isSaid(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isObject(value) || Object.keys(value).length > 0;
}

function jsonIn(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
