// What is wrong with a profile, whoever would run it: fields that contradict each other, variants that cannot be told apart, loads
// that nobody could carry out. Pure; whether its agents exist is another matter, since they come and go.
import {
  type NewRun,
  type ProfileSpec,
  type Variant,
  firstPerSecond,
  parseSelector,
  planFault,
  presets,
  profileLimits,
} from "@tidemark/proto";
import { planOf, requestField } from "../load/plan.ts";
import { sizeFault } from "../load/task-size.ts";
import { secretFault } from "./secrets.ts";
import { runRequestOf, variantsOf } from "./variants.ts";

/** `field`: JSON pointer into the spec. */
export interface SpecFault {
  readonly field: string;
  readonly reason: string;
}

/** The first thing that keeps a spec from being saved; undefined when all is well. */
export function profileFault(spec: ProfileSpec): SpecFault | undefined {
  return (
    sizeOfSpecFault(spec) ??
    nameFault(spec) ??
    placementFault(spec) ??
    presetFault(spec) ??
    secretFault(spec) ??
    loadFault(spec) ??
    labelsFault(spec) ??
    variantFault(spec) ??
    objectivesFault(spec) ??
    repeatsFault(spec)
  );
}

function sizeOfSpecFault(spec: ProfileSpec): SpecFault | undefined {
  const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value ?? null));
  const bytes = bytesOf(spec);
  if (bytes <= profileLimits.specBytesMax) return undefined;
  const field = bytesOf(spec.variants) > bytesOf(spec.load) ? "/variants" : "/load";
  return {
    field,
    reason: `the profile takes ${bytes} bytes and ${profileLimits.specBytesMax} are kept; most of it is here`,
  };
}

function nameFault({ name }: ProfileSpec): SpecFault | undefined {
  return name.trim() === "" ? { field: "/name", reason: "it is blank" } : undefined;
}

function placementFault({ placement }: ProfileSpec): SpecFault | undefined {
  const { agents, selector } = placement;
  if ((agents === undefined) === (selector === undefined))
    return {
      field: "/placement",
      reason: `who generates? Give agents or a selector, ${agents === undefined ? "one of them" : "not both"}`,
    };
  const parsed = selector === undefined ? undefined : parseSelector(selector);
  if (parsed?.kind === "faulty") return { field: "/placement/selector", reason: parsed.reason };
  const twice = (agents ?? []).findIndex((agent, at, all) => all.indexOf(agent) !== at);
  return twice < 0
    ? undefined
    : { field: `/placement/agents/${twice}`, reason: "it is named twice" };
}

/** A request's pacing takes the place of its preset's; in something that is kept, that hides what the name promises. */
function presetFault({ load }: ProfileSpec): SpecFault | undefined {
  const { preset, pacing } = load;
  if (preset === undefined || pacing === undefined) return undefined;
  const { kind } = presets[preset].shape(1, presets[preset].usualSeconds).pacing;
  return pacing.kind === kind
    ? undefined
    : {
        field: "/load/pacing",
        reason: `it is ${pacing.kind}, and the preset ${preset} is ${kind}: give one of the two`,
      };
}

function loadFault(spec: ProfileSpec): SpecFault | undefined {
  const fault = requestFault(spec, { labels: {} });
  return fault && { field: `/load${fault.field}`, reason: fault.reason };
}

/** What the plan of a run of this variant lacks, by the run request's own field. */
function requestFault(spec: ProfileSpec, variant: Variant): SpecFault | undefined {
  const request = runRequestOf(spec, variant, "");
  const planned = planOf(request);
  if (planned.kind === "faulty") return inRequest(request, planned);
  const { plan, search } = planned;
  const of = spec.placement.agents?.length ?? 1;
  // The last share is the smallest.
  const fault = planFault({ ...plan, share: { index: of - 1, of } }) ?? sizeFault(plan);
  if (fault !== undefined) return inRequest(request, fault);
  if (search === undefined && (plan.warmupMs ?? 0) > 0 && firstPerSecond(plan.pacing) === 0)
    return inRequest(request, {
      field: "/warmupMs",
      reason: "a warm-up sends at the first rate, and that is 0",
    });
  return undefined;
}

const inRequest = (request: NewRun, { field, reason }: SpecFault) => ({
  field: requestField(request, field),
  reason,
});

/** Labels are what variants are selected and compared by. */
function labelsFault({ variants = [] }: ProfileSpec): SpecFault | undefined {
  const seen = new Map<string, number>();
  const all = new Set(variants.flatMap(({ labels }) => Object.keys(labels)));
  for (const [index, { labels }] of variants.entries()) {
    const field = `/variants/${index}/labels`;
    const lacking = [...all].filter((key) => !Object.hasOwn(labels, key));
    if (lacking.length > 0)
      return {
        field,
        reason: `it lacks ${lacking.join(", ")}: all variants of a profile have the same labels`,
      };
    const text = JSON.stringify(
      Object.keys(labels)
        .toSorted()
        .map((key) => [key, labels[key]]),
    );
    const before = seen.get(text);
    if (before !== undefined)
      return {
        field,
        reason: `variant ${before} has the same labels: they could not be told apart`,
      };
    seen.set(text, index);
  }
  return undefined;
}

function variantFault(spec: ProfileSpec): SpecFault | undefined {
  for (const [index, variant] of (spec.variants ?? []).entries()) {
    const fault = requestFault(spec, variant);
    if (fault === undefined) continue;
    return { field: fieldInSpec(spec, variant, index, fault.field), reason: fault.reason };
  }
  return undefined;
}

/** Where the spec says what a variant's request says in `field`. */
function fieldInSpec(spec: ProfileSpec, variant: Variant, index: number, field: string): string {
  const own = `/variants/${index}`;
  const [, at, rest = ""] = /^\/headers\/(\d+)(.*)$/.exec(field) ?? [];
  if (at !== undefined) {
    const headers = runRequestOf(spec, variant, "").headers ?? [];
    const kept = headers.length - (variant.headers?.length ?? 0);
    if (Number(at) >= kept) return `${own}/headers/${Number(at) - kept}${rest}`;
    const meant = headers[Number(at)];
    return `/load/headers/${spec.load.headers?.findIndex((header) => header === meant) ?? 0}${rest}`;
  }
  const isOwn =
    (field === "/headers" && variant.headers !== undefined) ||
    (field === "/target" && variant.target !== undefined) ||
    (field === "/body" && variant.body !== undefined);
  // What the load alone can carry, this variant's target makes a fault: https and tls, ws and a method.
  if (!isOwn && variant.target !== undefined) return `${own}/target`;
  return isOwn ? `${own}${field}` : `/load${field}`;
}

function objectivesFault({ objectives = [], load }: ProfileSpec): SpecFault | undefined {
  const planned = planOf(load);
  if (objectives.length > 0 && planned.kind === "planned" && planned.search !== undefined)
    return { field: "/objectives", reason: "a search has an objective of its own, in its pacing" };
  const twice = objectives.findIndex(
    ({ percentile }, at) =>
      objectives.findIndex((objective) => objective.percentile === percentile) !== at,
  );
  return twice < 0
    ? undefined
    : {
        field: `/objectives/${twice}/percentile`,
        reason: `p${objectives[twice]?.percentile} has an objective already`,
      };
}

function repeatsFault(spec: ProfileSpec): SpecFault | undefined {
  const ways = variantsOf(spec).length;
  const runs = ways * (spec.repeats ?? 1);
  return runs <= profileLimits.campaignRunsMax
    ? undefined
    : {
        field: "/repeats",
        reason: `${ways} variants ${spec.repeats} times are ${runs} runs; a campaign has ${profileLimits.campaignRunsMax} at most`,
      };
}
