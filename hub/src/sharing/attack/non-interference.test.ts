// Must prove 1 to 3 on answers and bodies: secrets change nothing, stand nowhere, and only the vocabulary is told.
import { readReport, sharingCatalogue, vocabularyOf } from "@tidemark/proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canarySearch } from "./canaries.ts";
import {
  type Plain,
  type Secrets,
  madeUpHub,
  plainHub,
  secrets,
} from "../../../test/made-up-hub.ts";
import { labelsAlone, takenAway } from "./taken-away.ts";
import { type Told, told } from "./told.ts";

const two = fc.tuple(plainHub, secrets, secrets);
const vocabulary = vocabularyOf(sharingCatalogue);

/** A hub with something of everything. */
const full: Plain = {
  hosts: [0, 1, 2, 3].map((at) => ({
    cpu: at,
    cores: 16,
    memoryGib: 62.7,
    disk: at,
    speedMbit: 25_000,
    vlan: at + 1,
    networks: [
      {
        number: at,
        v6: false,
      },
      {
        number: at,
        v6: true,
      },
    ],
  })),
  runs: [0, 1, 2, 3, 4].map((at) => ({
    preset: "load" as const,
    request: at,
    named: at % 2 === 0,
    minor: 7,
    mesh: at % 3,
    p99Ms: 33.3,
  })),
  upgrades: [0, 1, 2, 3, 4].map((at) => ({
    preset: "load" as const,
    request: at,
    named: false,
    minor: 7,
    mesh: null,
    p99Ms: 1.3,
    percent: 7,
  })),
};

/** A secret of each place, and which. */
function canarySecrets(mark: string) {
  const planted = new Map<string, string>();
  const secret: Secrets = {
    number: mark === "a" ? 113 : 57,
    grain: mark === "a" ? 1e-4 : 9e-4,
    text(place) {
      const text = planted.get(place) ?? `zzk${mark}${planted.size}.Qj${97 * planted.size}vxw-hq`;
      planted.set(place, text);
      return text;
    },
  };
  return { secret, planted };
}

/** Bodies as text: to compare buffers byte by byte takes a hundred times as long. */
const asText = ({ bodies, ...rest }: Told) => ({
  ...rest,
  bodies: bodies.map((body) => body.toString("latin1")),
});

describe("secrets", () => {
  test("change no report: equal texts, and equal bodies by the same master secret", () => {
    fc.assert(
      fc.property(two, ([plain, one, other]) => {
        expect(asText(told(madeUpHub(plain, one)))).toEqual(asText(told(madeUpHub(plain, other))));
      }),
    );
  });

  test("are what the two hubs of the property differ in, and every question is answered", () => {
    const [one, other] = [canarySecrets("a").secret, canarySecrets("b").secret];
    expect(madeUpHub(full, one)).not.toEqual(madeUpHub(full, other));
    expect(told(madeUpHub(full, one)).silent.filter((reason) => reason !== "")).toEqual([]);
    expect(told(madeUpHub(full, one))).toEqual(told(madeUpHub(full, other)));
  });

  test.each(Object.keys(takenAway))("would change reports without the treatment of %s", (name) => {
    const [one, other] = [canarySecrets("a").secret, canarySecrets("b").secret];
    expect(told(madeUpHub(full, one), takenAway[name]).texts).not.toEqual(
      told(madeUpHub(full, other), takenAway[name]).texts,
    );
  });

  test("stand in no text, no body and no reason, in no form", () => {
    const { secret, planted } = canarySecrets("a");
    const facts = madeUpHub(full, secret);
    const search = canarySearch(canariesOf(planted), vocabulary);
    const { texts, bodies, silent } = told(facts);
    expect(planted.size).toBeGreaterThan(10);
    expect([...texts, ...bodies, ...silent].flatMap((where) => search(where))).toEqual([]);
    // The search sees each of them where it is planted.
    const leaks = search(JSON.stringify(facts));
    expect(new Set(leaks.map((leak) => leak.planted))).toEqual(new Set(planted.keys()));
  });

  test.each(Object.keys(takenAway).filter((name) => !["labels", "Node's version"].includes(name)))(
    "would be found without the treatment of %s",
    (name) => {
      const { secret, planted } = canarySecrets("a");
      const facts = madeUpHub(full, secret);
      const search = canarySearch(canariesOf(planted), vocabulary);
      const { texts, bodies } = told(facts, takenAway[name]);
      expect(texts.flatMap((where) => search(where)).length).toBeGreaterThan(0);
      expect(bodies.flatMap((where) => search(where)).length).toBeGreaterThan(0);
    },
  );

  test.each(Object.keys(labelsAlone))(
    "are stopped by the labels alone where the treatment of %s fails",
    (name) => {
      const { secret, planted } = canarySecrets("a");
      const facts = madeUpHub(full, secret);
      const search = canarySearch(canariesOf(planted), vocabulary);
      expect(told(facts, labelsAlone[name]).texts.flatMap((where) => search(where))).toEqual([]);
    },
  );
});

const canariesOf = (planted: ReadonlyMap<string, string>) =>
  Array.from(planted, ([place, secret]) => ({ planted: place, secret }));

describe("capacity", () => {
  const outside = (texts: readonly string[]) => {
    const known = new Set(vocabulary);
    return texts.flatMap((text) => stringsOf(JSON.parse(text))).filter((word) => !known.has(word));
  };

  test("every string of a report is in the vocabulary, and the report is one of the catalogue", () => {
    fc.assert(
      fc.property(plainHub, secrets, (plain, secret) => {
        const { texts } = told(madeUpHub(plain, secret));
        expect(outside(texts)).toEqual([]);
        for (const text of texts) expect(readReport(text)).toBeTypeOf("object");
      }),
    );
  });

  test.each(Object.keys(takenAway))("would be exceeded without the treatment of %s", (name) => {
    const { texts } = told(madeUpHub(full, canarySecrets("a").secret), takenAway[name]);
    expect(outside(texts).length).toBeGreaterThan(0);
    expect(texts.some((text) => readReport(text) === "vocabulary")).toBe(true);
  });
});

/** Every text in a report, but the names of its own four parts; numbers as they stand. */
function stringsOf(report: { readonly question: string; readonly answer: object }): string[] {
  return [report.question, ...Object.entries(report.answer).flat().map(String)];
}
