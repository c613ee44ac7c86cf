// Bytes as a person reads them: text where they are text, escapes where they are not, templates where they were secrets.

/** Line feeds and tabs stay; what UTF-8 does not allow, and other controls, become \xHH. `hide` sees the text before that. */
export function readable(bytes: Uint8Array, hide: (text: string) => string): string {
  const text = utf8Of(bytes);
  // Not text: each byte beyond ASCII stands for itself.
  if (text === undefined) return escape(hide(Buffer.from(bytes).toString("latin1")), notAscii);
  return escape(hide(text), controls);
}

// oxlint-disable-next-line no-control-regex -- controls are what it is about
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
// oxlint-disable-next-line no-control-regex -- controls are what it is about
const notAscii = /[\u0000-\u0008\u000b-\u001f\u007f-\u00ff]/g;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    // Not UTF-8: that is the answer.
    return undefined;
  }
}

function escape(text: string, escaped: RegExp): string {
  return text.replace(escaped, (char) =>
    char === "\r" ? "\\r" : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
