// Generated from src/binding by `npm run build:types`. Do not edit.

/** What the tracker knows of an entry; times in ms since the epoch. */
export interface CacheEntryInfo {
  inserted: number
  accessed: number
  hits: number
}

/** The policy of a `Cache`, told of operations through a ring; see src/cache/tracker.rs. */
export declare class CacheTracker {
  /** `max`: the number of entries; none where weights bound the cache. */
  constructor(policy: string, max: number | undefined | null, ring: Uint32Array)
  /** Whether insertions have to carry a hash of the key. */
  get hashed(): boolean
  /** Read what the ring holds. Returns all hits so far. */
  catchUp(): number
  /** What is known of the entry in a slot. */
  entry(slot: number): CacheEntryInfo
  /** The resident slots, the oldest or least wanted first. */
  order(): Uint32Array
  /** The memory that the bookkeeping takes on this side, in bytes. */
  bytes(): number
  /** Forget all entries. */
  clear(): void
  /**
   * A function without arguments that catches up and puts a victim into the ring's header:
   * every insertion into a full cache calls it.
   */
  evictor(): () => void
}

/** The compiled catalogs of a directory at one time. */
export declare class MessageCatalogs {
  /** The locales' names. */
  locales(): Array<string>
  /** The programs of a locale's files, JSON as `src/i18n/compile.rs` describes it. */
  programs(locale: number): Array<string>
  /**
   * What is wrong with the files as they are on disk: JSON, an array of `{ file, line, column,
   * message }`.
   */
  mistakes(): string
  /** Read the directory anew; files that are broken now keep what they had here. */
  reload(): Promise<unknown>
}

/** One open queue. */
export declare class NativeQueue {
  /**
   * Open a queue. `options` is JSON; `hear` is called on the JavaScript thread with the messages
   * that have come, a JSON array as text, or an empty one. It is held strongly: an open queue
   * keeps its process alive, as Kue's connections do.
   */
  static open(options: string, hear: (messages: string) => void): NativeQueue
  /**
   * Hand over a batch of ops, JSON as in `src/queue/protocol.rs`; `aside` where jobs that are added
   * later may overtake them. `false` once closed.
   */
  submit(ops: string, aside: boolean): boolean
  /**
   * Add a few jobs on this thread: `jobs` is the `alike` of `Op::Add`. The first one's id and the
   * time, as an answer would tell them; `null` where they are to be submitted.
   */
  addInPlace(jobs: string, eventful: boolean): Array<number> | null
  /**
   * The descriptor of the direct line's socket, which the caller owns and reads answers from;
   * `null` where there is no line (any more).
   */
  directDescriptor(): number | null
  /**
   * Send a single job on the direct line: `job` is the `alike` of `Op::Add`. `false` where the
   * line broke; then it is to be submitted, as sent under this number.
   */
  addDirectly(number: number, job: string, eventful: boolean): boolean
  /**
   * The answer to a job on the direct line has come: it is stored under this id, which is told
   * where its events may be wanted. One more answer follows for that. `false` where the line broke.
   */
  spendDirectly(number: number, id?: number | undefined | null): boolean
  /** End the direct line. */
  endDirect(): void
  /** Take the offer of a job, to start it; false where it was called back. */
  take(offer: number): boolean
  /** Be called with the next messages, where the last ones said that there are more. */
  goOn(): void
  /**
   * Drop the doorbell and the hold on the I/O thread: nothing more is heard, and the process may
   * end.
   */
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
  /** Read columns before a query wants them. */
  readAhead: boolean
  sidecar?: string
}

/**
 * One version of a data set, and its tombstones. A query that is under way keeps this borrowed, so no
 * method may want it for itself.
 */
export declare class PaginationTable {
  /** The same rows, none of them deleted. */
  revived(): PaginationTable
  /** Read nothing more but what is asked for: another version of the data has taken over. */
  retire(): void
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

/** One thread's hold on a shared cache. */
export declare class SharedCacheHandle {
  /**
   * The cache of that name in this process, made if there is none. `scratch` is private to the
   * handle's owner.
   */
  static open(name: string, policy: string, maxBytes: number, shards: number | undefined | null, scratch: Uint8Array): SharedCacheHandle
  /** A function of a key, and of a string or a Buffer to set, that does what the scratch says. */
  operator(): (key: string, value?: string | Buffer) => void
  /** Read a value of any length as bytes; its kind goes into the scratch. */
  getBuffer(key: string): Buffer | null
  clear(): void
  stats(): SharedCacheStats
  /** Let go of the cache. Its memory is freed when the last thread has. */
  close(): void
}

/** What all threads did to a shared cache; bytes are all that it holds. */
export interface SharedCacheStats {
  hits: number
  misses: number
  sets: number
  evictions: number
  expirations: number
  rejected: number
  size: number
  bytes: number
  shards: number
}

/** A connection to the Redis of a tiered cache. */
export declare class TieredStore {
  /**
   * Open a store; every call is over after `timeout` ms. `ring` is called on the JavaScript
   * thread when `drain` has something to give. It keeps no process alive.
   */
  static open(url: string, prefix: string, timeout: number, ring: () => void): TieredStore
  /** Read an entry, or ask for the right to load it. */
  claim(id: number, key: string, token: string, lockMs: number, keepMs: number, worthless: boolean): boolean
  /** End a load; an empty text stores nothing. */
  settle(id: number, key: string, token: string, text: string, keepMs: number): boolean
  /** Delete an entry in Redis and in every process. */
  invalidate(id: number, key: string): boolean
  /** Take the messages that wait, a JSON array as text. */
  drain(): string | null
  /** End the connection once the calls under way are over; nothing more is heard. */
  close(): void
}

/** The names of the policies, in the order in which they are documented. */
export declare function cachePolicies(): Array<string>

/**
 * Replay a trace. Returns the hits of every policy at every size: the sizes of the first policy,
 * then those of the second. `policies` may hold 'optimum' too.
 */
export declare function cacheSimulate(trace: Uint32Array | Array<string>, policies: Array<string>, sizes: Array<number>): Array<number>

/** `{ project, usage? }` to an array of problems. */
export declare function i18nCheck(request: string): string

/** `{ project }` to an array of figures. */
export declare function i18nCoverage(request: string): string

/** `{ project, locale, format }` to `{ text, skipped }`. */
export declare function i18nExport(request: string): string

/** `{ files, functions, locales }` to `{ calls, dynamic, errors }`. */
export declare function i18nExtract(request: string): string

/**
 * `{ project, locale, format, text }` to `{ files, changed, skipped }`, or to `{ unreadable: { line,
 * message } }`, or to `{ otherLocale }` where the file says that it is in another one.
 */
export declare function i18nImport(request: string): string

/** Read a directory on threads of its own. */
export declare function i18nLoad(directory: string, wanted?: Array<string> | undefined | null): Promise<unknown>

/** The index of the supported locale that an `Accept-Language` asks for, or `fallback`. */
export declare function i18nNegotiate(header: string, supported: Array<string>, fallback: number): number

/** `{ project, style }` to the files to write. */
export declare function i18nPseudo(request: string): string

/** `{ project }` to the text of a declaration file, as a JSON string. */
export declare function i18nTypes(request: string): string

/** `{ project, locale }` to the files to write, and what is new in them. */
export declare function i18nUpdate(request: string): string

/** Index rows that JavaScript has written as comma-separated text with a header. */
export declare function paginationFromText(text: string, columnCacheBytes: number): PaginationTable

/** Index a file on a thread of the pool. */
export declare function paginationOpen(path: string, options: PaginationOpenOptions): Promise<unknown>

/** The least `maxBytes`. */
export declare function sharedCacheMinBytes(): number

/** Copy a store's file while it is in use. */
export declare function storeBackup(file: string, copy: string): Promise<string>

/** Copy all jobs; both are a queue's options as JSON. */
export declare function storeCopy(from: string, to: string): Promise<string>
