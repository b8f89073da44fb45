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

/** Copy a store's file while it is in use. */
export declare function storeBackup(file: string, copy: string): Promise<string>

/** Copy all jobs; both are a queue's options as JSON. */
export declare function storeCopy(from: string, to: string): Promise<string>
