// The ways to run a profile, and each as a request for a run. Pure.
import { type NewRun, type ProfileSpec, type Variant, parseSelector } from "@tidemark/proto";

/** Of a profile without variants. */
const onlyWay: Variant = { labels: {} };

/**
 * In the profile's order. A profile without variants runs one way, which has no labels. With a selector, the variants whose labels it
 * matches; one that cannot be read matches none, and `parseSelector` says why.
 */
export function variantsOf({ variants = [] }: ProfileSpec, selector?: string): readonly Variant[] {
  const all = variants.length === 0 ? [onlyWay] : variants;
  if (selector === undefined) return all;
  const parsed = parseSelector(selector);
  return parsed.kind === "faulty" ? [] : all.filter(({ labels }) => parsed.matches(labels));
}

/** What POST /api/v1/runs would take for one run of a variant; `name` is cut to what a run may be called. */
export function runRequestOf(spec: ProfileSpec, variant: Variant, name: string): NewRun {
  const { load, placement } = spec;
  const headers = mergedHeaders(load.headers, variant.headers);
  return {
    ...load,
    ...placement,
    ...(headers !== undefined && { headers }),
    ...(variant.target !== undefined && { target: variant.target }),
    ...(variant.body !== undefined && { body: variant.body }),
    name: name.slice(0, runNameLengthMax),
  };
}

type Headers = NewRun["headers"];

const runNameLengthMax = 128;

/** The load's headers but those a variant gives too, in whatever case, then the variant's. */
function mergedHeaders(ofLoad: Headers, ofVariant: Headers): Headers {
  if (ofVariant === undefined) return ofLoad;
  const given = new Set(ofVariant.map(({ name }) => name.toLowerCase()));
  const kept = (ofLoad ?? []).filter(({ name }) => !given.has(name.toLowerCase()));
  return [...kept, ...ofVariant];
}
