// Names come from the host: a container, an interface or a process may be called anything. Here they become text that the
// series table and the events accept, so that one hostile name can never get a whole table refused.

/** At most `lengthMax` UTF-16 units of well-formed text without control characters, which become "?". */
export function safeText(text: string, lengthMax: number): string {
  const cut = text.length > lengthMax ? text.slice(0, lengthMax) : text;
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return cut.toWellFormed().replace(/[\u0000-\u001f\u007f]/g, "?");
}
