// Bytes of HTTP as a person reads them: heads and bodies of text as they are, others as a hex dump; secrets as their templates.
import { triedTextMax } from "@tidemark/proto";
import type { Hide } from "../../hiding.ts";
import type { Attempted } from "./attempt.ts";
import type { Framed } from "./request.ts";

/** Of one exchange; some more than is shown, so that a secret is known for one where the text is cut. */
export const triedBytesMax = triedTextMax + 16_384;

export interface Shown {
  readonly text: string;
  readonly truncated: boolean;
}

// oxlint-disable-next-line no-control-regex -- controls are what is looked for
const controls = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g;
const dumpedBytesMax = 2_048;
const bytesPerLine = 16;

export function showRequest({ bytes }: Framed, hide: Hide): Shown {
  const end = headEnd(bytes);
  const body = bytes.subarray(end);
  return joined(showHead(bytes.subarray(0, end), hide), showBody(body, body.length, hide));
}

/** Heads as they came, interim ones among them, and the body without its framing. */
export function showResponse({ received, body, bodyBytes }: Attempted, hide: Hide): Shown {
  const head = received.subarray(0, headEnd(received));
  return joined(showHead(head, hide), showBody(body, bodyBytes, hide));
}

function joined(head: Shown, body: Shown): Shown {
  const text = head.text + body.text;
  return {
    text: text.slice(0, triedTextMax),
    truncated: head.truncated || body.truncated || text.length > triedTextMax,
  };
}

/** Latin-1 where it is no UTF-8 (RFC 9110 5.5); controls that a terminal would obey become dots. */
function showHead(head: Buffer, hide: Hide): Shown {
  const extent = head.length < triedBytesMax ? "whole" : "cut";
  const text = (utf8Of(head, extent) ?? head.toString("latin1")).replace(controls, ".");
  return { text: hide(text, extent), truncated: extent === "cut" };
}

/** `body`: what is there of `total`. */
function showBody(body: Buffer, total: number, hide: Hide): Shown {
  const kept = body.subarray(0, triedBytesMax);
  const extent = kept.length < total ? "cut" : "whole";
  const text = utf8Of(kept, extent);
  if (text !== undefined && text.search(controls) < 0)
    return { text: hide(text, extent), truncated: extent === "cut" };
  // Byte for byte a character, so that a secret among the bytes is found before they are spread over lines.
  const hidden = Buffer.from(hide(kept.toString("latin1"), extent), "latin1");
  const shownBytes = Math.min(hidden.length, dumpedBytesMax);
  return {
    text: `${hexDump(hidden.subarray(0, shownBytes))}(${total} bytes that are no text)\n`,
    truncated: extent === "cut" || shownBytes < hidden.length,
  };
}

function utf8Of(bytes: Buffer, extent: "whole" | "cut"): string | undefined {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return decoder.decode(bytes, { stream: extent === "cut" });
  } catch {
    // Not UTF-8: that is the answer.
    return undefined;
  }
}

function hexDump(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += bytesPerLine) {
    const line = bytes.subarray(at, at + bytesPerLine);
    const hex = line.toString("hex").replace(/../g, "$& ");
    // oxlint-disable-next-line no-control-regex -- what cannot be printed is a dot
    const ascii = line.toString("latin1").replace(/[^\x20-\x7e]/g, ".");
    text += `${at.toString(16).padStart(6, "0")}  ${hex.padEnd(3 * bytesPerLine)} ${ascii}\n`;
  }
  return text;
}

/** Where the last head ends: interim responses (1xx) have one of their own. All of it when none ends. */
function headEnd(bytes: Buffer): number {
  const text = bytes.toString("latin1");
  const ends = /\r?\n\r?\n/g;
  for (let from = 0; ; from = ends.lastIndex) {
    if (ends.exec(text) === null) return bytes.length;
    if (!/^HTTP\/1\.[01] 1\d\d/.test(text.slice(from, from + 12))) return ends.lastIndex;
  }
}
