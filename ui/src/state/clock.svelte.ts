// The present, once a second, for ages and countdowns; it ticks only while somebody reads it.
import { createSubscriber } from "svelte/reactivity";

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1_000);
  return () => clearInterval(timer);
});

export const clock = {
  /** Unix ms. */
  get nowMs(): number {
    subscribe();
    return Date.now();
  },
};
