// The code of an error of Node's own ("ENOENT"), for those who must tell one failure from another.

export function errorCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}
