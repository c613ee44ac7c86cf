// The ledger as a file: one entry a line, newest first.
import { readLedger } from "../../api/sharing.ts";

/** Proto's `sharingLimits.ledgerPageMax`, which stands among its schemas. A test compares. */
export const pageMax = 1_000;
/** What one file holds at most: a hundred thousand entries. */
const pagesMax = 100;

/** Page by page; `isWhole` is false when older entries were left out. Throws ApiFailure. */
export async function wholeLedger(
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly isWhole: boolean }> {
  const lines: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pagesMax; page += 1) {
    const { items, nextCursor } = await readLedger(
      { limit: pageMax, ...(cursor === null ? {} : { cursor }) },
      signal,
    );
    lines.push(...items.map((entry) => `${JSON.stringify(entry)}\n`));
    cursor = nextCursor;
    if (cursor === null) break;
  }
  return { text: lines.join(""), isWhole: cursor === null };
}
