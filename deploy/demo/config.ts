import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DemoFailed } from "./errors.ts";

export interface DemoConfig {
  readonly root: string;
  readonly dataDir: string;
  readonly httpPort: number;
  readonly natsPort: number;
  /** What the parts inherit: the whole environment, with Debian's folder for servers on the PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Throws DemoFailed with every fault at once. */
export function readDemoConfig(env: Readonly<Record<string, string | undefined>>): DemoConfig {
  const faults: string[] = [];
  const port = (name: string, fallback: number): number => {
    const text = env[name];
    if (text === undefined || text === "") return fallback;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < 1 || value > 65_535)
      faults.push(`${name} is ${JSON.stringify(text)}, not a port from 1 to 65535`);
    return value;
  };
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const config = {
    root,
    dataDir: resolve(root, env["TIDEMARK_DATA_DIR"] || ".tidemark"),
    httpPort: port("TIDEMARK_HTTP_PORT", 8478),
    natsPort: port("TIDEMARK_NATS_PORT", 4478),
    env: { ...env, PATH: `${env["PATH"] ?? ""}:/usr/sbin` },
  };
  if (faults.length === 0 && config.httpPort === config.natsPort)
    faults.push("TIDEMARK_HTTP_PORT and TIDEMARK_NATS_PORT are the same");
  if (faults.length > 0) throw new DemoFailed(faults.join("\n"));
  return config;
}
