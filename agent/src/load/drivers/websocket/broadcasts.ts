// Messages that one connection sends and all of this generator are to receive. A message is known by its `{{id}}`, which begins
// with the run's.

/** A connection that takes part. */
export interface Member {
  /** Everyone has received the message that this one sent. `expected`: each copy was as the plan expects. */
  delivered(expected: boolean): void;
}

interface Broadcast {
  readonly sender: Member;
  /** Who has yet to receive it. */
  readonly waiting: Set<Member>;
  expected: boolean;
}

export class Broadcasts {
  readonly #members = new Set<Member>();
  readonly #underWay = new Map<string, Broadcast>();
  readonly #run: Buffer;

  /** `run`: what every id begins with. */
  constructor(run: string) {
    this.#run = Buffer.from(run);
  }

  join(member: Member): void {
    this.#members.add(member);
  }

  /** Its own message is nobody's any more; nobody waits for it to receive another's. */
  leave(member: Member): void {
    if (!this.#members.delete(member)) return;
    for (const [id, broadcast] of this.#underWay) {
      if (broadcast.sender === member) this.#underWay.delete(id);
      // Not from within the call that closed the member: the loop would be entered from within itself.
      else if (broadcast.waiting.has(member))
        queueMicrotask(() => this.#receivedBy(member, id, broadcast, true));
    }
  }

  /** `sender` is about to send the message of `id`; whoever is open now is to receive it. */
  begin(id: string, sender: Member): void {
    this.#underWay.set(id, { sender, waiting: new Set(this.#members), expected: true });
  }

  /** `member` received the message `bytes[from … to)`, be it one of ours or not. */
  received(member: Member, bytes: Buffer, from: number, to: number, expected: boolean): void {
    const message = bytes.subarray(from, to);
    for (const id of idsIn(message, this.#run, this.#idLength())) {
      const broadcast = this.#underWay.get(id);
      if (broadcast === undefined) continue;
      this.#receivedBy(member, id, broadcast, expected);
      return;
    }
  }

  #receivedBy(member: Member, id: string, broadcast: Broadcast, expected: boolean): void {
    const { sender, waiting } = broadcast;
    if (this.#underWay.get(id) !== broadcast || !waiting.delete(member)) return;
    broadcast.expected &&= expected;
    if (waiting.size > 0) return;
    this.#underWay.delete(id);
    sender.delivered(broadcast.expected);
  }

  /** All ids are as long. */
  #idLength(): number {
    const [id] = this.#underWay.keys();
    return id?.length ?? 0;
  }
}

/** Every place of a message that could be an id. */
function* idsIn(message: Buffer, run: Buffer, length: number): Generator<string> {
  if (length === 0) return;
  for (let at = message.indexOf(run); at >= 0; at = message.indexOf(run, at + 1))
    yield message.toString("latin1", at, at + length);
}
