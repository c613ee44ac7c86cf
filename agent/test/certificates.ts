// Certificates of a test's own authority, made by openssl.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  readonly ca: string;
  /** Good for `names`, as openssl's subjectAltName has them; `days` may be negative. */
  issue(names: string, days?: number): Issued;
  /** Signed by itself. */
  selfSigned(names: string): Issued;
  stop(): void;
}

export function openAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-ca-"));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const newKey = (key: string) =>
    [
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-keyout",
      key,
    ] as const;
  const read = (cert: string, key: string): Issued => ({
    cert: readFileSync(at(cert), "utf8"),
    key: readFileSync(at(key), "utf8"),
  });
  openssl(
    "req",
    "-x509",
    ...newKey("ca.key"),
    "-out",
    "ca.pem",
    "-subj",
    "/CN=test authority",
    "-days",
    "2",
  );
  return {
    ca: readFileSync(at("ca.pem"), "utf8"),
    issue(names, days = 2) {
      const alternative = ["-addext", `subjectAltName=${names}`];
      openssl("req", ...newKey("one.key"), "-out", "one.csr", "-subj", "/CN=one", ...alternative);
      const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-copy_extensions", "copyall"];
      openssl(
        "x509",
        "-req",
        "-in",
        "one.csr",
        ...signed,
        "-days",
        String(days),
        "-out",
        "one.pem",
      );
      return read("one.pem", "one.key");
    },
    selfSigned(names) {
      const alternative = ["-addext", `subjectAltName=${names}`];
      openssl(
        "req",
        "-x509",
        ...newKey("own.key"),
        "-out",
        "own.pem",
        "-subj",
        "/CN=own",
        "-days",
        "2",
        ...alternative,
      );
      return read("own.pem", "own.key");
    },
    stop: () => rmSync(folder, { recursive: true, force: true }),
  };
}
