// Names and addresses by which a machine speaks to itself alone.

/** Whether a URL's host, or an address that is bound to, never leaves the machine. Brackets around IPv6 or none; in lower case. */
export const isLoopback = (host: string): boolean =>
  /^(?:localhost|127(?:\.\d+){3}|::1|\[::1\])$/.test(host);
