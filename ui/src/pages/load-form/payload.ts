// Headers, weighted requests and templates as they are typed. Pure.
import { loadLimits, type Header, type Template, type WeightedRequest } from "@tidemark/proto";
import { formatCount } from "../../format/number.ts";
import type { RequestDraft } from "./draft.ts";
import { wholeIn, type Fail } from "./numbers.ts";

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerValue = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** One `Name: value` a line. */
export function headersOf(text: string, fail: Fail): Header[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > loadLimits.headersMax) fail(`At most ${loadLimits.headersMax} headers.`);
  return lines.map((line) => {
    const split = line.indexOf(":");
    const name = line.slice(0, Math.max(0, split)).trim();
    const value = line.slice(split + 1).trim();
    if (split < 1) fail(`“${line.trim()}” is not of the form Name: value.`);
    else if (!headerName.test(name) || name.length > loadLimits.headerNameLengthMax)
      fail(`“${name}” cannot be a header's name.`);
    else if (!headerValue.test(value) || value.length > loadLimits.headerValueLengthMax)
      fail(`The value of “${name}” has characters that a header cannot carry.`);
    return { name, value };
  });
}

export function requestsOf(drafts: readonly RequestDraft[], fail: Fail): WeightedRequest[] {
  if (drafts.length > loadLimits.requestsMax) fail(`At most ${loadLimits.requestsMax} requests.`);
  return drafts.map(({ weight, method, path, headers, body }, index) => {
    const failRequest = (reason: string) => fail(`Request ${index + 1}: ${reason}`);
    if (path !== "" && !/^\/\S*$/.test(path))
      failRequest("A path begins with / and has no spaces.");
    if (body.length > loadLimits.bodyLengthMax)
      failRequest(`A body has at most ${formatCount(loadLimits.bodyLengthMax)} characters.`);
    const own = headersOf(headers, failRequest);
    return {
      weight: wholeIn(weight, 1, 1_000, (reason) => failRequest(`Weight: ${reason}`)),
      ...(method === "" ? {} : { method }),
      ...(path === "" ? {} : { path }),
      ...(own.length === 0 ? {} : { headers: own }),
      ...(body === "" ? {} : { body }),
    };
  });
}

/** What is wrong with a template, beside the columns of the feed, if there is one. */
export function templateFault(
  template: Template,
  columns: readonly string[] | undefined,
): string | undefined {
  if (template.kind === "faulty") return `${template.reason}.`;
  for (const part of template.parts) {
    if (part.kind !== "feed") continue;
    if (columns === undefined) return `{{feed.${part.column}}} needs a data feed with this column.`;
    if (!columns.includes(part.column))
      return `The feed has no column “${part.column}”; it has ${columns.join(", ")}.`;
  }
  return undefined;
}
