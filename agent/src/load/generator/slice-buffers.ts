// Memory for slices that travels to the agent's main thread and comes back, so that a long run allocates nothing.

/** As many as two reports need; more are let go, the smallest first. */
const freeMax = 6;

export class SliceBuffers {
  /** Ascending by size. */
  #free: ArrayBuffer[] = [];

  /** `length` counts of any value, in the smallest buffer that has room for them. */
  take(length: number): Uint32Array {
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= length * 4);
    const [buffer = bufferFor(length)] = at < 0 ? [] : this.#free.splice(at, 1);
    return new Uint32Array(buffer, 0, length);
  }

  give(buffers: readonly ArrayBuffer[]): void {
    this.#free = [...this.#free, ...buffers]
      .sort((left, right) => left.byteLength - right.byteLength)
      .slice(-freeMax);
  }
}

function bufferFor(length: number): ArrayBuffer {
  return new ArrayBuffer(2 ** Math.ceil(Math.log2(Math.max(256, length * 4))));
}
