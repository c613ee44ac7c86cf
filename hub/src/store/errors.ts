// What opening or using the database can fail with and a caller reacts to; everything else is ClickHouse's own error.

/** The embedded engine is not installed on this machine. */
export class EngineMissing extends Error {
  override readonly name = "EngineMissing";
  readonly code = "engine-missing";

  constructor(cause: unknown) {
    super(
      "the embedded ClickHouse (npm package chdb) is not installed: run `npm install chdb` (Linux or macOS on x64 or arm64, glibc), or set TIDEMARK_CLICKHOUSE_URL to use a server",
      { cause },
    );
  }
}

/** Another process holds the embedded database's folder. */
export class DatabaseLocked extends Error {
  override readonly name = "DatabaseLocked";
  readonly code = "database-locked";

  constructor(path: string, holder: number, cause: unknown) {
    super(
      `the database in ${path} is in use by process ${holder}: stop the other hub, or give this one its own TIDEMARK_DATA_DIR`,
      { cause },
    );
  }
}

/** The embedded engine refuses the folder. */
export class DatabaseUnopenable extends Error {
  override readonly name = "DatabaseUnopenable";
  readonly code = "database-unopenable";

  constructor(path: string, cause: unknown) {
    super(
      `the embedded database in ${path} does not open: check that the folder is writable, on a local disk with free space, and made by the same or an older Tidemark`,
      { cause },
    );
  }
}

/** The server does not answer, or refuses the credentials. */
export class DatabaseUnreachable extends Error {
  override readonly name = "DatabaseUnreachable";
  readonly code = "database-unreachable";

  constructor(url: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message.slice(0, 300) : String(cause);
    super(`no ClickHouse at ${withoutCredentials(url)}: ${why}`, { cause });
  }
}

/** A newer program has migrated this database. */
export class SchemaTooNew extends Error {
  override readonly name = "SchemaTooNew";
  readonly code = "schema-too-new";

  constructor(found: number, known: number) {
    super(
      `the database has schema ${found} and this program knows ${known}: start a newer Tidemark, or restore a backup from before the upgrade`,
    );
  }
}

function withoutCredentials(url: string): string {
  if (!URL.canParse(url)) return "an invalid URL";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
