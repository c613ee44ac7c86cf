// What a demo needs for itself: its ports and its data folder. Both are claimed before anything is started, so that the
// message names what is in the way instead of a program that died of it.
import { createHash } from "node:crypto";
import { type Server, createServer } from "node:net";
import { DemoFailed } from "./errors.ts";

/** Throws DemoFailed when the loopback port is taken. */
export async function requireFreePort(port: number, variable: string): Promise<void> {
  const server = await listen({ host: "127.0.0.1", port });
  if (server === undefined)
    throw new DemoFailed(
      `port ${port} is in use, perhaps by another demo. Stop that, or choose another: ${variable}=${port + 10} npm run demo`,
    );
  await close(server);
}

/** A free loopback port: `preferred` when it is free. */
export async function freePort(preferred: number): Promise<number> {
  const server =
    (await listen({ host: "127.0.0.1", port: preferred })) ??
    (await listen({ host: "127.0.0.1", port: 0 }));
  const address = server?.address();
  if (server === undefined || address === null || typeof address !== "object")
    throw new DemoFailed("there is no free port on 127.0.0.1");
  await close(server);
  return address.port;
}

/** Claims the folder until this process ends, however it ends: the kernel forgets an abstract socket with its owner. */
export async function claimFolder(dataDir: string): Promise<() => Promise<void>> {
  const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 32);
  const server = await listen({ path: `\0tidemark-demo-${name}` });
  if (server === undefined)
    throw new DemoFailed(
      `a demo with the data in ${dataDir} is running already. Stop that, or choose another folder: TIDEMARK_DATA_DIR=.tidemark-2 npm run demo`,
    );
  server.unref();
  return () => close(server);
}

function listen(where: { path: string } | { host: string; port: number }) {
  return new Promise<Server | undefined>((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(where, () => resolve(server));
  });
}

const close = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
