/**
 * SHA-256 of a text's UTF-8 bytes, hex, by the browser's own WebCrypto; undefined where it has none: pages that came by plain HTTP from
 * another host.
 */
export async function sha256Here(text: string): Promise<string | undefined> {
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (subtle === undefined) return undefined;
  const digest = await subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
