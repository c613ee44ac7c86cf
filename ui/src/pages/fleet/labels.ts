// Labels as an operator types them: `role=rack zone=a`.

export type ParsedLabels =
  | { readonly kind: "labels"; readonly labels: Record<string, string> }
  | { readonly kind: "wrong"; readonly reason: string };

const keyPattern = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;
const keyLengthMax = 64;
const valueLengthMax = 128;
const labelsMax = 32;

export function parseLabels(text: string): ParsedLabels {
  const labels: Record<string, string> = {};
  for (const pair of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const split = pair.indexOf("=");
    const key = pair.slice(0, Math.max(0, split));
    const value = pair.slice(split + 1);
    if (split < 1) return wrong(`“${pair}” is not of the form key=value.`);
    if (!keyPattern.test(key) || key.length > keyLengthMax)
      return wrong(
        `“${key}” cannot be a key: letters, digits and . _ / - only, ${keyLengthMax} at most.`,
      );
    if (value.length > valueLengthMax)
      return wrong(`The value of “${key}” is longer than ${valueLengthMax}.`);
    if (key in labels) return wrong(`“${key}” stands twice.`);
    labels[key] = value;
  }
  if (Object.keys(labels).length > labelsMax) return wrong(`More than ${labelsMax} labels.`);
  return { kind: "labels", labels };
}

const wrong = (reason: string): ParsedLabels => ({ kind: "wrong", reason });
