/** What every part of the state takes besides its connection. */
export interface StateOptions {
  /** Unix milliseconds; the host's clock unless a test brings its own. */
  readonly now?: () => number;
  /** Told of a record that cannot be read and of a watch that broke and is made anew. */
  readonly troubled?: (what: string, cause: unknown) => void;
}
