import { expect, test } from "vitest";
import { DocumentRefused, documentLimits, readDocument } from "./document.ts";
import { importProfiles } from "./import.ts";

const refused = (read: () => unknown) => {
  try {
    read();
  } catch (cause) {
    expect(cause).toBeInstanceOf(DocumentRefused);
    return (cause as DocumentRefused).message;
  }
  throw new Error("nothing was refused");
};

test("YAML and JSON are plain values, tabs and comments included", () => {
  expect(readDocument("# a\na: 1\nb: [x, true, null]\nc: {d: '1'}\n").value).toEqual({
    a: 1,
    b: ["x", true, null],
    c: { d: "1" },
  });
  expect(readDocument('{\n\t"a": [\n\t\t1.5\n\t]\n}').value).toEqual({ a: [1.5] });
});

const bomb = [
  "a: &a [x, x, x, x, x, x, x, x, x]",
  ...["b", "c", "d", "e", "f", "g"].map(
    (name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdef"[at]}`).join(", ")}]`,
  ),
].join("\n");

test.each<[string, string, RegExp]>([
  ["a bomb of aliases", bomb, /^line 2, \/b\/0: an alias/],
  ["an alias alone", "a: &x 1\nb: *x", /^line 2, \/b: an alias/],
  ["a merge key", "a: &x {b: 1}\nc:\n  <<: *x", /^line 3, \/c\/<<: an alias/],
  ["a prototype", "load: {}\n__proto__: {a: 1}", /^line 2, \/__proto__: it is not a name/],
  ["a prototype in JSON", '{"a": {"__proto__": 1}}', /^line 1, \/a\/__proto__/],
  ["a key twice", "a: 1\nb: 2\na: 3", /^line 3, \/a: it is given twice/],
  ["a tag", "a: !!js/function 'x'", /^line 1: Unresolved tag/],
  ["two documents", "a: 1\n---\nb: 2", /^line 2: Source contains multiple documents/],
  ["a key that is an object", "{a: 1}: 2", /a key must be a plain text/],
  ["broken YAML", "a:\n  - b\n c: [", /^line \d/],
  ["deep nesting", "[".repeat(20_000), /nested too deeply/],
  ["deep nesting of blocks", `${"- ".repeat(20_000)}a`, /^line 1/],
  ["deep nesting that ends", `${"[".repeat(100)}${"]".repeat(100)}`, /nested too deeply/],
  ["deep nesting by dashes", `${"- ".repeat(20_000)}x`, /nested too deeply/],
  ["many parts", `[${"a, ".repeat(30_000)}a]`, /more than 60000 parts/],
  ["many keys", Array.from({ length: 30_000 }, (_, at) => `k${at}: v`).join("\n"), /60000 parts/],
])("%s is refused", (_what, text, message) => {
  expect(refused(() => readDocument(text))).toMatch(message);
});

test("as many keys as may be are taken, each once", () => {
  const keys = documentLimits.lexemesMax / 8;
  const text = Array.from({ length: keys }, (_, at) => `k${at}: v`).join("\n");
  expect(Object.keys(readDocument(text).value as object)).toHaveLength(keys);
});

test("a large text in few parts is taken", () => {
  const body = "x".repeat(1_700_000);
  expect(readDocument(`body: ${body}`).value).toEqual({ body });
});

test.each<[string, RegExp]>([
  ["hello", /none of Tidemark's/],
  ["", /none of Tidemark's/],
  ["[]", /none of Tidemark's/],
  ["constructor: 1", /none of Tidemark's/],
  ["test: []", /^line 1, \/test: it must be an object/],
  ["clients: 5", /^line 1, \/clients: it must be a list/],
  ["clients:\n- 5", /^line 2, \/clients\/0: it must be an object/],
  ["clients:\n- rps: many", /^line 2, \/clients\/0\/rps: it must be a whole number/],
  ["clients:\n- rps: 1e30", /rps: it must be/],
  ["clients:\n- connections: -1", /connections: it must be 1 to 10000/],
  ["clients:\n- protocol: 9", /protocol: it is none of/],
  ["clients:\n- protocol: [1]", /protocol: it must be a text/],
  ["clients:\n- body: {a: 1}", /^line 2, \/clients\/0\/body: it must be a text/],
  ["clients:\n- headers: 'a: b'", /headers: it must be an object of texts/],
  ["clients:\n- headers: {a: [1]}", /headers\/a: it must be a text/],
  ["clients:\n- endpoint_urls: [1]", /endpoint_urls\/0: it must be a text/],
  ["clients:\n- rps: 1\n  RPS: 2", /RPS: it is given twice/],
  ["clients: []\nduration: soon", /^line 2, \/duration: it is not a duration/],
  ["endpoints: {a: 1}", /endpoints\/0: it must be a text/],
  ["profiles: [5]", /^line 1, \/profiles\/0: it must be an object/],
  ["tidemark: profile/2", /^line 1, \/tidemark: it must be profile\/1/],
  ["tidemark: profile/1\nprofile: {}", /^line 2, \/profile.*name/],
  ["tidemark: profile/1\nprofil: {}", /\/profil: is not a known field/],
  ["name: a\nload: {target: 'http://a/', color: red}\nplacement: {}", /^line 2, \/load.*color/],
])("%j is refused with line and field", (text, message) => {
  expect(refused(() => importProfiles(text))).toMatch(message);
});
