/** One step of the schema. Its statements may run again after a crash, so each is `IF NOT EXISTS` or harmless twice. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}
