// What HTTP/2 generators are measured against: the same nginx, which on a port of its own speaks HTTP/2 in the clear to those who
// know beforehand.
import { type ClientHttp2Session, connect } from "node:http2";
import { once } from "node:events";
import { type HttpServer, startNginx } from "./http-server.ts";

/** Rejects when nginx is not installed or does not answer. */
export async function startHttp2Server(): Promise<HttpServer> {
  return await startNginx(" http2", answersHttp2);
}

async function answersHttp2(url: string): Promise<boolean> {
  const session = connect(url);
  try {
    return await isAnswered(session);
  } finally {
    session.destroy();
  }
}

async function isAnswered(session: ClientHttp2Session): Promise<boolean> {
  await once(session, "connect");
  const request = session.request({ ":path": "/" });
  const [headers]: { ":status"?: number }[] = await once(request, "response");
  return headers?.[":status"] === 200;
}
