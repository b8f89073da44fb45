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

/** A rendered page, and what tells the pages beside it from it. */
export interface PaginationLinked {
  body: Buffer
  next?: string
  previous?: string
  last?: string
}

/** How a file is to be opened. */
export interface PaginationOpenOptions {
  delimiter: string
  header: boolean
  maxRecordBytes: number
  columnCacheBytes: number
  sidecar?: string
}

/** One version of a data set, and its tombstones. */
export declare class PaginationTable {
  /** The same rows, none of them deleted. */
  revived(): PaginationTable
  columns(): Array<string>
  version(): string
  /** Rows, deleted ones counted. */
  rows(): number
  /** Bytes of memory that the row index takes. */
  indexBytes(): number
  /** What tells this content from any other: the version, and which rows are deleted. */
  state(): string
  delete(index: number): boolean
  view(): PaginationView
  /** Answer a query, `{ filter, sort }` as JSON, on a thread of the pool. */
  query(query: string): Promise<unknown>
  close(): void
}

/** Rows in an order, from which pages are cut. */
export declare class PaginationView {
  length(): number
  /** Bytes of memory that the order takes. */
  bytes(): number
  /** The same rows with these columns only. */
  select(columns: Array<string>): PaginationView
  getPage(page: number, pageSize: number): string
  getHyper(page: number, pageSize: number): string
  getHyperIndex(index: number, pageSize: number): string
  page(page: number, pageSize: number, before: string, after: string): string
  /**
   * As `pageJson`, into the start of `target`: how many bytes that were, or would have been.
   *
   * A Buffer over memory of ours costs more than the page in it: a finalizer, and memory that
   * is given back only by the garbage collector.
   */
  pageJsonInto(target: Uint8Array, page: number, pageSize: number, before: string, after: string): number
  pageJson(page: number, pageSize: number, before: string, after: string): Buffer
  indexJson(index: number, pageSize: number, before: string, after: string): PaginationLinked
  after(cursor: string | undefined | null, limit: number, secret?: Uint8Array | undefined | null): string
  afterJson(cursor: string | undefined | null, limit: number, secret: Uint8Array | undefined | null, before: string, after: string): PaginationLinked
}

/** Index rows that JavaScript has written as comma-separated text with a header. */
export declare function paginationFromText(text: string, columnCacheBytes: number): PaginationTable

/** Index a file on a thread of the pool. */
export declare function paginationOpen(path: string, options: PaginationOpenOptions): Promise<unknown>
