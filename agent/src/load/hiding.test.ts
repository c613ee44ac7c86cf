import fc from "fast-check";
import { expect, test } from "vitest";
import { hideIn, openHiding } from "./hiding.ts";

test.each([
  ["as it is", 'p"w/d', 'got p"w/d here', "got {{secret.a}} here"],
  ["in JSON", 'p"w/d', '{"echo":"p\\"w/d"}', '{"echo":"{{secret.a}}"}'],
  ["in a URL", 'p"w/d', "/x?y=p%22w%2Fd", "/x?y={{secret.a}}"],
  ["in base64", 'p"w/d', "cCJ3L2Q=", "{{secret.a}}"],
  ["in a text of many lines", "l1\nl2\n", "<l1\nl2\n>", "<{{secret.a}}>"],
  ["with a pattern of its own", "$&.*", "x$&.*x", "x{{secret.a}}x"],
])("hides a secret %s", (_, value, text, expected) => {
  expect(openHiding({}, { a: value })(text)).toBe(expected);
});

test("hides what basic authentication makes of a password", () => {
  const auth = { kind: "basic", username: "me", passwordSecret: "pw" } as const;
  const header = `Basic ${Buffer.from("me:hunter22").toString("base64")}`;
  expect(openHiding({ auth }, { pw: "hunter22" })(header)).toBe("Basic {{secret.pw}}");
});

test("hides the parts of a MAAS key, but for the consumer's name", () => {
  const auth = { kind: "oauth1", keySecret: "maas" } as const;
  const hide = openHiding({ auth }, { maas: "consumer1:token2:secret3" });
  const header = 'OAuth oauth_token="token2", oauth_signature="&secret3"';
  expect(hide(header)).toBe(
    'OAuth oauth_token="{{secret.maas}}", oauth_signature="&{{secret.maas}}"',
  );
});

test("hides the longer of two that begin alike", () => {
  expect(openHiding({}, { a: "abc", b: "abcdef" })("abcdef abc")).toBe("{{secret.b}} {{secret.a}}");
});

test("without secrets nothing changes", () => {
  expect(openHiding({}, {})("{{secret.a}} stays")).toBe("{{secret.a}} stays");
});

test("no value is left in any text, wherever it stood", () => {
  const value = fc
    .string({ minLength: 8, unit: "grapheme" })
    .filter((text) => !"{{secret.a}}".includes(text));
  fc.assert(
    fc.property(value, fc.string(), fc.string(), (secret, before, after) => {
      const hide = openHiding({}, { a: secret });
      const said = hideIn(hide, {
        deep: [{ text: `${before}${secret}${after}`, count: 7, none: null }],
      });
      expect(said.deep[0]?.text).not.toContain(secret);
      expect(said).toMatchObject({ deep: [{ count: 7, none: null }] });
    }),
  );
});
