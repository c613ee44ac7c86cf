// Names come from the host: a container, an interface or a process may be called anything. Here they become text that the
// series table and the events accept, so that one hostile name can never get a whole table refused.
import { type Labels, wireLimits } from "@tidemark/proto";

/** At most `lengthMax` UTF-16 units of well-formed text without control characters, which become "?". */
export function safeText(text: string, lengthMax: number): string {
  const cut = text.length > lengthMax ? text.slice(0, lengthMax) : text;
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return cut.toWellFormed().replace(/[\u0000-\u001f\u007f]/g, "?");
}

/** Label keys are the program's own (the catalogue lists them); values are made safe. */
export function safeLabels(labels: Labels): Labels {
  const safe: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels))
    safe[key] = safeText(value, wireLimits.labelValueLengthMax);
  return safe;
}
