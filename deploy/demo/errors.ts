/** The demo cannot start or go on; the message says what to do and is all that is printed. */
export class DemoFailed extends Error {
  override readonly name = "DemoFailed";
}
