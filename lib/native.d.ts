// Generated from src/binding by `npm run build:types`. Do not edit.

/** One open queue. */
export declare class NativeQueue {
  /**
   * Open a queue. `options` is JSON; `ring` is called on the JavaScript thread when `drain` has
   * something to give. It is held strongly: an open queue keeps its process alive, as Kue's
   * connections do.
   */
  static open(options: string, ring: () => void): NativeQueue
  /** Hand over a batch of ops, JSON as in `src/queue/protocol.rs`. `false` once closed. */
  submit(ops: string): boolean
  /** Take the messages that wait, a JSON array as text. */
  drain(): string | null
  /** Drop the doorbell: nothing more is heard, and the process may end. */
  shut(): void
}

/** One connection to Redis. */
export declare class NativeRedis {
  /**
   * Start connecting. `options` is JSON; `ring` is called on the JavaScript thread when `drain`
   * has something to give. It is held weakly: whether the process waits is decided there.
   */
  static connect(options: string, ring: () => void): NativeRedis
  /** Send commands, encoded as Redis reads them. */
  write(commands: string): void
  /** As `write`, for commands that hold bytes. */
  writeBytes(commands: Buffer): void
  /** From here on replies hold bytes, one per character, instead of text. */
  wantBytes(): void
  /** Close once everything given is written. */
  end(): void
  /** Close now. */
  destroy(): void
  /** Take the messages that wait, a JSON array as text. */
  drain(): string | null
  /** Drop the doorbell: nothing more is heard. */
  shut(): void
}
