// Bytes as a person reads them: text where they are text, escapes where they are not.

/** Line feeds and tabs stay; what UTF-8 does not allow, and other controls, become \xHH. */
export function readable(bytes: Uint8Array): string {
  const text = decoded(bytes);
  return text.replace(controls, (char) => escaped(char.charCodeAt(0)));
}

/** Puts the template of a secret in place of its value, wherever it came back. */
export function hideSecrets(text: string, secrets: Readonly<Record<string, string>>): string {
  return Object.entries(secrets)
    .map(([name, value]) => ({ name, shown: readable(Buffer.from(value)) }))
    .filter(({ shown }) => shown !== "")
    .sort((left, right) => right.shown.length - left.shown.length)
    .reduce((all, { name, shown }) => all.replaceAll(shown, () => `{{secret.${name}}}`), text);
}

/** Each secret's template in place of its value, for requests that are only shown. */
export function maskedSecrets(
  secrets: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(secrets).map((name) => [name, `{{secret.${name}}}`]));
}

// oxlint-disable-next-line no-control-regex -- controls are what it is about
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    // Not text: each byte beyond ASCII stands for itself.
    return Buffer.from(bytes)
      .toString("latin1")
      .replace(/[\u0080-\u00ff]/g, (char) => escaped(char.charCodeAt(0)));
  }
}

function escaped(code: number): string {
  return code === 13 ? "\\r" : `\\x${code.toString(16).padStart(2, "0")}`;
}
