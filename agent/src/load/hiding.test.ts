import type { LoadPlan } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hideIn, openHiding } from "./hiding.ts";
import { openAuth } from "./requests/auth.ts";
import { render } from "./requests/rendering.ts";

const key = 'k <1>&"2"/é';

test.each([
  ["as it is", key],
  ["in a query", encodeURIComponent(key)],
  ["in a path", "k%20%3C1%3E%26%222%22/%C3%A9"],
  ["in a form", "k+%3C1%3E%26%222%22%2F%C3%A9"],
  ["in JSON", 'k <1>&\\"2\\"/é'],
  ["in JSON of ASCII", 'k <1>&\\"2\\"/\\u00e9'],
  ["in HTML", "k &lt;1&gt;&amp;&quot;2&quot;/é"],
  ["in base64", Buffer.from(key).toString("base64")],
  ["in bytes", Buffer.from(key).toString("latin1")],
])("hides a secret %s", (_, text) => {
  expect(openHiding({}, { a: key })(`<${text}>`)).toBe("<{{secret.a}}>");
});

test.each([
  ["of many lines", "l1\nl2\n"],
  ["with a pattern of its own", "$&.*"],
  ["that is no well-formed text", "\ud800 alone"],
])("hides a secret %s", (_, value) => {
  expect(openHiding({}, { a: value })(`<${value}>`)).toBe("<{{secret.a}}>");
});

test("hides each line of a key, and leaves short ones to everybody", () => {
  const pem =
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nshort\n-----END PRIVATE KEY-----\n";
  const hide = openHiding({}, { key: pem });
  expect(hide("line MIIEvQIBADANBgkqhkiG9w0B, short")).toBe("line {{secret.key}}, short");
});

test("hides what basic authentication makes of a password", () => {
  const auth = { kind: "basic", username: "me", passwordSecret: "pw" } as const;
  const header = `Basic ${Buffer.from("me:hunter22").toString("base64")}`;
  expect(openHiding({ auth }, { pw: "hunter22" })(header)).toBe("Basic {{secret.pw}}");
});

test.each([["consumer1:token2:secret3"], ["con sumer:to+ken:s'cr(t)*"]])(
  "hides every part of a MAAS key as its header has it: %s",
  (value) => {
    const auth: LoadPlan["auth"] = { kind: "oauth1", keySecret: "maas" };
    const [header] = openAuth(auth, { maas: value });
    const sent = render(header!.value, { id: "", index: 0, row: undefined });
    const [consumer, token, signature] = openHiding(
      { auth },
      { maas: value },
    )(sent)
      .split(", ")
      .slice(2, 5);
    expect(consumer).toBe('oauth_consumer_key="{{secret.maas}}"');
    expect(token).toBe('oauth_token="{{secret.maas}}"');
    expect(signature).toBe('oauth_signature="%26{{secret.maas}}"');
  },
);

test("hides a secret within the base64 of a longer text, wherever it begins", () => {
  const hide = openHiding({}, { a: "hunter2" });
  for (const before of ["", "x", "xx", "xxx"]) {
    const told = hide(btoa(`${before}hunter2 hunter2`));
    expect(Buffer.from(told, "base64").toString()).not.toContain("unter");
  }
});

test("hides the beginning of a secret where the text was cut", () => {
  const hide = openHiding({}, { a: "hunter2" });
  expect(hide("x hunter2 hunt", "cut")).toBe("x {{secret.a}} ");
  expect(hide("x hunter2 hunt")).toBe("x {{secret.a}} hunt");
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
