// The editor's field that the hub means by a problem's JSON pointer: those of the load are the form's own. Pure.
import type { ShapeKind } from "../load-form/draft.ts";
import type { FieldName } from "../load-form/faults.ts";
import { fieldOfPointer } from "../load-form/pointers.ts";

/** Fields with a control of their own; a pointer into one of them means it. */
const own = [
  /^\/name/,
  /^\/description/,
  /^\/labels/,
  /^\/variants\/\d+\/(?:labels|target|headers|body)/,
  /^\/variants/,
  /^\/objectives\/\d+\/(?:percentile|responseMs|errorRatioMax)/,
  /^\/objectives/,
  /^\/repeats/,
  /^\/comparison\/(?:runsEach|marginRatio|onSuspect)/,
];

export function fieldOfSpec(pointer: string | undefined, shape: ShapeKind): FieldName | undefined {
  const inSpec = pointer?.replace(/^\/spec(?=\/|$)/, "") ?? "";
  const ofLoad = /^\/(?:load|placement)(\/.*)/.exec(inSpec)?.[1];
  if (ofLoad !== undefined) return fieldOfPointer(ofLoad, shape);
  for (const pattern of own) {
    const [found] = pattern.exec(inSpec) ?? [];
    if (found !== undefined) return found as FieldName;
  }
  return undefined;
}
