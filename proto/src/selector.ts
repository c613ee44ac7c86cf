// Label selectors as Kubernetes writes them: `role=rack,zone!=b`, `zone in (a,b)`, `zone notin (a,b)`, `gpu`, `!gpu`. Every term
// must hold. An empty selector matches nobody: who means everybody must say so with a label that everybody has.

type Labels = Readonly<Record<string, string>>;

export type Selector =
  | { readonly kind: "selector"; readonly matches: (labels: Labels) => boolean }
  | { readonly kind: "faulty"; readonly reason: string };

const termsMax = 32;
const key = "[A-Za-z0-9][A-Za-z0-9._/-]{0,63}";
const among = new RegExp(`^(${key})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const compared = new RegExp(`^(${key})\\s*(=|==|!=)\\s*([^=!()]*)$`);
const present = new RegExp(`^(!?)\\s*(${key})$`);

/** Reads a selector; `faulty` names the term that cannot be read. */
export function parseSelector(text: string): Selector {
  const terms = splitTerms(text);
  if (terms.every((term) => term === ""))
    return { kind: "faulty", reason: "it is empty, which matches nobody" };
  if (terms.length > termsMax)
    return { kind: "faulty", reason: `it has ${terms.length} terms, ${termsMax} are allowed` };
  const tests: ((labels: Labels) => boolean)[] = [];
  for (const term of terms) {
    const test = testOf(term);
    if (test === undefined)
      return {
        kind: "faulty",
        reason: `“${term.slice(0, 80)}” is not key=value, key!=value, key in (a,b), key notin (a,b), key or !key`,
      };
    tests.push(test);
  }
  return { kind: "selector", matches: (labels) => tests.every((test) => test(labels)) };
}

/** At the commas outside parentheses. */
function splitTerms(text: string): string[] {
  return text.split(/,(?![^()]*\))/).map((term) => term.trim());
}

function testOf(term: string): ((labels: Labels) => boolean) | undefined {
  const [, listed, operator, list] = among.exec(term) ?? [];
  if (listed !== undefined) {
    const values = new Set((list ?? "").split(",").map((value) => value.trim()));
    const wanted = operator === "in";
    return (labels) => {
      const value = valueOf(labels, listed);
      return value === undefined ? !wanted : values.has(value) === wanted;
    };
  }
  const [, name, sign, value = ""] = compared.exec(term) ?? [];
  if (name !== undefined) {
    const wanted = sign !== "!=";
    return (labels) => (valueOf(labels, name) === value.trim()) === wanted;
  }
  const [, negation, existing] = present.exec(term) ?? [];
  if (existing === undefined) return undefined;
  return (labels) => (valueOf(labels, existing) !== undefined) === (negation === "");
}

function valueOf(labels: Labels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
