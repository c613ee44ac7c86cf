// The beginning of a line whose end has not arrived.

const nothing = new Uint8Array(0);

export class HeldLine {
  /** Valid up to `length`. */
  bytes: Uint8Array = nothing;
  length = 0;

  add(bytes: Uint8Array, from: number, to: number): void {
    if (to === from) return;
    const length = this.length + (to - from);
    if (this.bytes.length < length) {
      // Doubling from small: ten thousand connections must not cost ten thousand full buffers.
      const grown = new Uint8Array(Math.max(512, 2 * length));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    this.bytes.set(bytes.subarray(from, to), this.length);
    this.length = length;
  }
}
