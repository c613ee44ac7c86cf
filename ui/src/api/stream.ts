// Server-sent events that come back: EventSource reconnects after a network fault but gives up on an HTTP error, so that
// case is retried here with a growing pause. A hidden tab lets go of its stream, since browsers allow few connections to one
// host; `state("open")` then says that events were missed. A caller closes what it opened.
import { apiUrl, checkSession, type Query } from "./client.ts";

export type StreamState = "connecting" | "open" | "lost";

export interface StreamHandlers {
  /** By event name; the argument is the parsed data, of the type proto names for that event. */
  readonly events: Readonly<Record<string, (value: never) => void>>;
  readonly state?: (state: StreamState) => void;
}

const retryMsMin = 1_000;
const retryMsMax = 30_000;
const hiddenMsMax = 20_000;

/** Opens a stream and keeps it open until the returned function is called. */
export function openStream(path: string, query: Query, handlers: StreamHandlers): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hiding: ReturnType<typeof setTimeout> | undefined;
  let retryMs = retryMsMin;

  const connect = () => {
    handlers.state?.("connecting");
    const opened = new EventSource(apiUrl(path, query));
    source = opened;
    opened.addEventListener("open", () => {
      retryMs = retryMsMin;
      handlers.state?.("open");
    });
    opened.addEventListener("error", () => {
      handlers.state?.("lost");
      if (opened.readyState !== EventSource.CLOSED) return;
      // EventSource does not say why; an ended session should not wait for the next poll to be noticed.
      checkSession();
      timer = setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, retryMsMax);
    });
    for (const [name, handle] of Object.entries(handlers.events))
      opened.addEventListener(name, (event: MessageEvent<string>) => {
        handle(JSON.parse(event.data) as never);
      });
  };
  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const followVisibility = () => {
    clearTimeout(hiding);
    if (document.visibilityState === "hidden") hiding = setTimeout(close, hiddenMsMax);
    else if (source === undefined) connect();
  };
  connect();
  document.addEventListener("visibilitychange", followVisibility);
  return () => {
    document.removeEventListener("visibilitychange", followVisibility);
    clearTimeout(hiding);
    close();
  };
}
