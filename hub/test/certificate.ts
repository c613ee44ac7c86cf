// Certificates for tests of TLS, made by openssl, which deploy/setup/setup.sh installs.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM, as are the files. */
  readonly cert: string;
  readonly key: string;
}

const newKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(" ");

/** `name`'s, signed by itself, good for `names` as openssl's subjectAltName has them. It replaces the one of the same name in `folder`. */
export function selfSigned(
  folder: string,
  name = "localhost",
  names = "DNS:localhost",
): Certificate {
  return make(folder, "certificate", name, ["-addext", `subjectAltName=${names}`]);
}

/** An authority, and localhost's certificate that it has signed. */
export function signed(folder: string): {
  readonly authority: Certificate;
  readonly one: Certificate;
} {
  const authority = make(folder, "authority", "authority", []);
  const by = ["-CA", authority.certFile, "-CAkey", authority.keyFile];
  const leaf = "-addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE";
  return { authority, one: make(folder, "certificate", "localhost", [...leaf.split(" "), ...by]) };
}

function make(folder: string, file: string, name: string, more: readonly string[]): Certificate {
  const [certFile, keyFile] = [join(folder, `${file}.pem`), join(folder, `${file}-key.pem`)];
  const files = ["-keyout", keyFile, "-out", certFile];
  const subject = ["-days", "2", "-subj", `/CN=${name}`];
  try {
    execFileSync("openssl", ["req", "-x509", ...newKey, ...subject, ...more, ...files], {
      stdio: "pipe",
    });
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
    throw new Error("openssl, which makes the certificate, is missing: apt-get install openssl", {
      cause,
    });
  }
  const [cert, key] = [readFileSync(certFile, "utf8"), readFileSync(keyFile, "utf8")];
  return { certFile, keyFile, cert, key };
}
