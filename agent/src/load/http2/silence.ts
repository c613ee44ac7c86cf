// Whether a peer that does not answer is slow or dead. Only a connection on which not a byte came while a request was under way is
// asked, with a PING, so that a peer that is busy is left alone; who is silent about that too counts as dead.

export type Suspicion = "none" | "ask" | "dead";

export class Silence {
  /** How often something was received. */
  #reads = 0;
  /** The first stream id that was not in use yet when the unanswered PING was sent; 0 when none is. */
  #askedBefore = 0;

  get reads(): number {
    return this.#reads;
  }

  heard(): void {
    this.#reads += 1;
  }

  /** The PING was answered. */
  answered(): void {
    this.#askedBefore = 0;
  }

  /** A request is given up: stream `id`, written when there had been `readsBefore` reads. `nextId`: of the stream to come. */
  givenUp(id: number, readsBefore: number, nextId: number): Suspicion {
    if (readsBefore !== this.#reads) return "none";
    if (this.#askedBefore === 0) {
      this.#askedBefore = nextId;
      return "ask";
    }
    return id >= this.#askedBefore ? "dead" : "none";
  }
}
