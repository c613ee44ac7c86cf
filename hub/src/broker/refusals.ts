// What the embedded nats-server refuses a client never reaches the hub as a message; the server's log is the only witness. Its
// lines hold words that clients choose: their own name, which the server quotes, and subjects, which are shown by kind alone.

export interface BrokerRefusal {
  /** The client's nkey, where the server tells it. */
  readonly publicKey: string | undefined;
  readonly reason: string;
}

/** Address, connection number, the quoted name if any, then the server's own words. */
const said = /^\[\d+\] \[ERR\] \S+ - cid:\d+(?: - "(?:[^"\\]|\\.)*")? - (.*)$/;
const violation =
  /^(Publish|Subscription) Violation - Nkey "(U[A-Z2-7]{55})", (?:Subject|Reply) "(.*?)"/;
const tooLarge = /^maximum payload exceeded: (\d+) vs (\d+)/;
const kinds = /^(?:v1\.(?:metrics|series|events|beat|results|tasks)|\$JS\.API|\$KV|\$SYS|_INBOX)\b/;

/** The refusal that a line of the server tells; undefined for every other line. */
export function readRefusal(line: string): BrokerRefusal | undefined {
  const words = said.exec(line)?.[1];
  if (words === undefined) return undefined;
  const large = tooLarge.exec(words);
  if (large !== null)
    return {
      publicKey: undefined,
      reason: `the broker cut a connection: a message of ${large[1]} bytes, more than ${large[2]}`,
    };
  const [, what, publicKey, subject = ""] = violation.exec(words) ?? [];
  if (what === undefined) return undefined;
  const kind = kinds.exec(subject)?.[0];
  const place = kind === undefined ? "a subject of no kind" : `${kind}.… of another`;
  return {
    publicKey,
    reason: `the broker let it not ${what === "Publish" ? "publish" : "subscribe"} to ${place}`,
  };
}
