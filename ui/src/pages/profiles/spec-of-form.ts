// From the editor's texts to the revision that is saved; every fault is named by its field, all at once: the load's by the
// names of `load-form`, the others by their JSON pointer in the spec. Pure; the hub checks all of it again.
import type {
  Header,
  LoadSpec,
  Objective,
  Placement,
  ProfileSpec,
  Variant,
  VariantLabels,
} from "@tidemark/proto";
import type { Draft } from "../load-form/draft.ts";
import type { FieldName } from "../load-form/faults.ts";
import { suggestedDriver } from "../load-form/honoured.ts";
import { numberIn, wholeIn } from "../load-form/numbers.ts";
import { headersOf } from "../load-form/payload.ts";
import { requestOf } from "../load-form/request-of-draft.ts";
import type { Meant } from "../load-form/who.ts";
import {
  labelsText,
  usualComparison,
  type ObjectiveForm,
  type ProfileForm,
} from "./profile-form.ts";

export type SpecFaults = Partial<Record<FieldName, string>>;
export type Specified =
  | { readonly kind: "spec"; readonly spec: ProfileSpec }
  | { readonly kind: "faulty"; readonly faults: SpecFaults };

type Fail = (field: FieldName, reason: string) => void;

// Bounds of proto's schemas, which are left out of the bundle.
const nameLengthMax = 128;
const runsEachMax = 100;
const variantKey = /^[a-z][a-z0-9_.-]{0,31}$/;
const variantValueLengthMax = 64;
const profileKey = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/;

export function specOf(form: ProfileForm, draft: Draft, meant: Meant): Specified {
  const faults: SpecFaults = {};
  const fail: Fail = (field, reason) => {
    faults[field] ??= reason;
  };
  const name = form.name.trim();
  if (name === "") fail("/name", "A name, by which people will call it.");
  if (name.length > nameLengthMax) fail("/name", `At most ${nameLengthMax} characters.`);
  const description = form.description.trim();
  const labels = profileLabelsOf(form.labels, fail);
  const load = loadOf(draft, meant, fail);
  const variants = variantsOf(form, draft, fail);
  const objectives = form.objectives.map((each, index) => objectiveOf(each, index, fail));
  const repeats = wholeIn(form.repeats, 1, runsEachMax, (reason) => fail("/repeats", reason));
  const comparison = comparisonOf(form, fail);
  if (load === undefined || Object.keys(faults).length > 0) return { kind: "faulty", faults };
  return {
    kind: "spec",
    spec: {
      name,
      ...(description === "" ? {} : { description }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...load,
      ...(variants.length === 0 ? {} : { variants }),
      ...(objectives.length === 0 ? {} : { objectives }),
      ...(repeats === 1 ? {} : { repeats }),
      ...(Object.keys(comparison).length === 0 ? {} : { comparison }),
    },
  };
}

function loadOf(
  draft: Draft,
  meant: Meant,
  fail: Fail,
): { readonly load: LoadSpec; readonly placement: Placement } | undefined {
  const requested = requestOf(draft, meant);
  if (requested.kind === "request") {
    const { agent: _agent, agents, selector, name: _name, ...load } = requested.request;
    return { load, placement: selector === undefined ? { agents: agents ?? [] } : { selector } };
  }
  for (const [field, reason] of Object.entries(requested.faults)) fail(field as FieldName, reason);
  return undefined;
}

function profileLabelsOf(text: string, fail: Fail): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const part of text.split(",").map((each) => each.trim())) {
    if (part === "") continue;
    const [key = "", ...rest] = part.split("=");
    const value = rest.join("=").trim();
    if (!profileKey.test(key.trim()) || value === "")
      fail("/labels", `“${part}” is not of the form key=value.`);
    labels[key.trim()] = value;
  }
  return labels;
}

function variantsOf(form: ProfileForm, draft: Draft, fail: Fail): Variant[] {
  const keys = form.variantKeys.map((key) => key.trim());
  for (const [index, key] of keys.entries()) {
    if (!variantKey.test(key))
      fail("/variants", "A label begins with a small letter; then small letters, digits, . _ -");
    else if (keys.indexOf(key) !== index) fail("/variants", `There are two labels “${key}”.`);
  }
  const firstWith = new Map<string, number>();
  return form.variants.map((row, index) => {
    const labels: VariantLabels = {};
    for (const [at, key] of keys.entries()) {
      const value = row.values[at]?.trim() ?? "";
      if (value.length > variantValueLengthMax)
        fail(
          `/variants/${index}/labels`,
          `A label's value has at most ${variantValueLengthMax} characters.`,
        );
      if (value !== "") labels[key] = value;
    }
    const said = labelsText(labels);
    const before = firstWith.get(said);
    const lacking = keys.filter((key) => labels[key] === undefined);
    if (lacking.length > 0)
      fail(
        `/variants/${index}/labels`,
        `All variants have the same labels: ${lacking.join(", ")}?`,
      );
    else if (before !== undefined)
      fail(`/variants/${index}/labels`, `The same labels as variant ${before + 1}.`);
    else firstWith.set(said, index);
    return { labels, ...overridesOf(row, index, draft, fail) };
  });
}

function overridesOf(
  { target, headers, body }: ProfileForm["variants"][number],
  index: number,
  draft: Draft,
  fail: Fail,
): Partial<Variant> {
  const url = target.trim();
  if (url !== "" && (!URL.canParse(url) || suggestedDriver(url) === undefined))
    fail(`/variants/${index}/target`, "This is not a URL such as http://host:port/path.");
  else if (
    url !== "" &&
    draft.driver === "" &&
    suggestedDriver(url) !== suggestedDriver(draft.target)
  )
    fail(`/variants/${index}/target`, "It speaks another protocol than the profile's target.");
  const own: Header[] = headersOf(headers, (reason) => fail(`/variants/${index}/headers`, reason));
  return {
    ...(url === "" ? {} : { target: url }),
    ...(own.length === 0 ? {} : { headers: own }),
    ...(body === "" ? {} : { body }),
  };
}

function objectiveOf(
  { percentile, responseMs, errorPercent }: ObjectiveForm,
  index: number,
  fail: Fail,
): Objective {
  const number = (text: string, min: number, max: number, name: keyof Objective) =>
    numberIn(text, min, max, (reason) => fail(`/objectives/${index}/${name}`, reason));
  return {
    percentile: number(percentile, 0.001, 100, "percentile"),
    responseMs: number(responseMs, 0.001, 3_600_000, "responseMs"),
    errorRatioMax: ratioOf(number(errorPercent, 0, 100, "errorRatioMax")),
  };
}

function comparisonOf(form: ProfileForm, fail: Fail): NonNullable<ProfileSpec["comparison"]> {
  const runsEach = wholeIn(form.runsEach, 1, runsEachMax, (reason) =>
    fail("/comparison/runsEach", reason),
  );
  const marginRatio = ratioOf(
    numberIn(form.marginPercent, 0.1, 100, (reason) => fail("/comparison/marginRatio", reason)),
  );
  return {
    ...(runsEach === usualComparison.runsEach ? {} : { runsEach }),
    ...(marginRatio === usualComparison.marginRatio ? {} : { marginRatio }),
    ...(form.onSuspect === usualComparison.onSuspect ? {} : { onSuspect: form.onSuspect }),
  };
}

/** Without the digits that a division by a hundred adds. */
const ratioOf = (percent: number) => Number((percent / 100).toPrecision(12));
