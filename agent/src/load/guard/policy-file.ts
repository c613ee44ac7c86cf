// The policy as the disk has it now. Every beat asks, so that it is parsed again only when its text changed.
import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { errorCode } from "../../error-code.ts";
import { engineLimits } from "../limits.ts";
import { defaultPolicy, defaultPolicyText } from "./default-policy.ts";
import type { ParsedPolicy } from "./policy.ts";

export interface PolicyFile {
  readonly parsed: ParsedPolicy;
  /** First 16 hex digits of the text's SHA-256; of nothing when it could not be read. */
  readonly hash: string;
}

let parse: ((text: string) => ParsedPolicy) | undefined;

/** Loads what reads a policy that is not the default; until then such a policy means nobody. */
export async function loadPolicyParser(): Promise<void> {
  parse ??= (await import("./policy.ts")).parsePolicy;
}

function parsed(text: string): ParsedPolicy | undefined {
  if (text === defaultPolicyText) return { kind: "policy", policy: defaultPolicy };
  if (parse === undefined) void loadPolicyParser();
  return parse?.(text);
}

/** Reads `file` anew at each call; without a file the default is in force. */
export function openPolicyFile(file: string): () => PolicyFile {
  let text: string | undefined;
  let known: PolicyFile | undefined;
  return () => {
    const found = readPolicyText(file);
    if (found.kind === "unusable")
      return { parsed: { kind: "malformed", faults: [found.fault] }, hash: hashOf("") };
    if (known === undefined || found.text !== text) {
      const hash = hashOf(found.text);
      const policy = parsed(found.text);
      if (policy === undefined)
        return { parsed: { kind: "malformed", faults: ["it is still being read"] }, hash };
      ({ text } = found);
      known = { parsed: policy, hash };
    }
    return known;
  };
}

/** Writes the default policy when there is none. */
export function writeDefaultPolicy(file: string): void {
  try {
    writeFileSync(file, defaultPolicyText, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    // An existing file is the usual case; on a full or read-only disk the default holds from memory.
    if (errorCode(cause) === undefined) throw cause;
  }
}

type Text =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "unusable"; readonly fault: string };

function readPolicyText(file: string): Text {
  try {
    const { size, mode } = statSync(file);
    if (size > engineLimits.policyBytesMax) return unusable(`${size} bytes are too many`);
    if ((mode & 0o002) !== 0) return unusable(`any user may write it: chmod o-w ${file}`);
    return { kind: "text", text: readFileSync(file, "utf8") };
  } catch (cause) {
    // Only absence means the default: a policy that cannot be read must not be taken for permission.
    if (errorCode(cause) === "ENOENT") return { kind: "text", text: defaultPolicyText };
    return unusable(`it cannot be read (${errorCode(cause)})`);
  }
}

function unusable(fault: string): Text {
  return { kind: "unusable", fault };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
