// The types of rekue/cache. Times are in milliseconds, sizes in whatever unit maxSize has.

/**
 * Replacement policies. FIFO: an update keeps the place. LIFO: the victim was set most recently.
 * LRU, MRU: a hit and a set are uses. LFU: least counts, among equals least recent. SIEVE: NSDI
 * 2024. S3-FIFO: SOSP 2023. W-TinyLFU: ACM ToS 2017, with an adaptive window.
 */
export type Policy = 'fifo' | 'lifo' | 'lru' | 'mru' | 'lfu' | 'sieve' | 's3fifo' | 'wtinylfu'

export type Key = string | number

/**
 * Why an entry left: room was needed; a new value was set (or one that was too large to store);
 * it was deleted, or the cache cleared; its ttl was over; a loader found nothing in its place.
 */
export type EvictReason = 'evict' | 'set' | 'delete' | 'expire' | 'fetch'

export interface LoaderContext {
  /** Aborted when nobody waits for the load any more. */
  signal: AbortSignal
  /** What the loader puts here counts for the entry. */
  options: SetOptions
}

/** Loads a value. undefined means that there is none; it is not stored. */
export type Loader<V> = (
  key: Key,
  staleValue: V | undefined,
  context: LoaderContext
) => V | undefined | Promise<V | undefined>

export interface SetOptions {
  /** Default: the cache's. 0: never expires. */
  ttl?: number
  /** Default: what sizeCalculation says. */
  size?: number
}

/** At least one of max, maxSize and ttl is required. */
export interface CacheOptions<V> {
  /** Default 'lru'. */
  policy?: Policy
  /** The most entries; a cache never holds more than 8,000,000. */
  max?: number
  /** The largest sum of sizes. */
  maxSize?: number
  /** The largest size of one entry; default maxSize. */
  maxEntrySize?: number
  /** The size of a value: an integer of at least 1. */
  sizeCalculation?: (value: V, key: Key) => number
  /** How long entries are fresh; default 0: for ever. */
  ttl?: number
  /** How exactly the clock is looked at, default 1; 0: at every call, which is slow. */
  ttlResolution?: number
  /** get and fetch may give an expired value; fetch then loads a new one behind it. */
  allowStale?: boolean
  /** A get starts the ttl anew. */
  updateAgeOnGet?: boolean
  /** A get does not delete what has expired. */
  noDeleteOnStaleGet?: boolean
  /** What fetch loads with. */
  fetchMethod?: Loader<V>
  /** For so long after its expiry a value is given where the load fails; default 0. */
  staleIfError?: number
  /**
   * For so long a key that failed to load, or was not there, is not loaded again; doubles with
   * every failure in a row. Default 0: not at all.
   */
  negativeTtl?: number
  /** The longest such pause, default 60,000. */
  negativeTtlMax?: number
  /**
   * Called when an entry has left, after the operation is complete. What it throws is counted in
   * `stats().callbackErrors` and reported once as a process warning.
   */
  onEvict?: (key: Key, value: V, reason: EvictReason) => void
}

export interface FetchOptions<V> {
  /** Instead of fetchMethod. */
  loader?: Loader<V>
  /** Gives up waiting; the load goes on for others. */
  signal?: AbortSignal
  /** Load even if there is a fresh value, or a failure is remembered. */
  forceRefresh?: boolean
}

export interface CacheEntry<V> {
  key: Key
  value: V
  /** The last hit or set, as exact as ttlResolution. */
  access_time: Date
  /** Hits since the insertion. */
  access_count: number
  insertion_time: Date
}

export interface CacheStats {
  hits: number
  misses: number
  sets: number
  evictions: number
  expirations: number
  /** Loaders called. */
  loads: number
  loadErrors: number
  /** hits / (hits + misses); 0 before the first request. */
  hitRatio: number
  size: number
  /** Values that were larger than the budget. */
  rejected: number
  callbackErrors: number
  calculatedSize: number
  /** Memory of the policy's bookkeeping outside the JavaScript heap. */
  policyBytes: number
}

export type DumpedEntry<V> = [
  Key,
  {
    value: V
    ttl?: number
    /** ms since the epoch. */
    start?: number
    size?: number
  }
]

export interface SimulationResult {
  policy: Policy | 'optimum'
  size: number
  requests: number
  hits: number
  misses: number
  hitRatio: number
}

export interface Recording {
  readonly trace: string[]
  readonly sample: number
  stop(): string[]
  /** Sizes are those of the whole cache; requests, hits and misses those of the sample. */
  simulate(options: { policies?: (Policy | 'optimum')[]; sizes: number[] }): SimulationResult[]
}

/** A cache of JavaScript values, which keep their identity. Bad arguments: ERR_INVALID_ARG. */
export class Cache<V = any> {
  constructor(options: CacheOptions<V>)
  readonly size: number
  readonly policy: Policy
  readonly calculatedSize: number
  /** 0: without. */
  readonly max: number
  /** 0: without. */
  readonly maxSize: number
  /** undefined deletes the key, as in lru-cache. */
  set(key: Key, value: V | undefined, options?: SetOptions): this
  get(key: Key): V | undefined
  /** Reads without using. */
  peek(key: Key): V | undefined
  has(key: Key): boolean
  delete(key: Key): boolean
  clear(): void
  getMany(keys: Iterable<Key>): (V | undefined)[]
  setMany(entries: Iterable<readonly [Key, V, SetOptions?]>): this
  deleteMany(keys: Iterable<Key>): number
  fetch(key: Key, options?: FetchOptions<V>): Promise<V>
  entry(key: Key): CacheEntry<V> | undefined
  /** ms, below 0 where it has expired; Infinity without a ttl, 0 where there is no entry. */
  getRemainingTTL(key: Key): number
  /** Newest, or most wanted, first. */
  keys(): IterableIterator<Key>
  values(): IterableIterator<V>
  entries(): IterableIterator<[Key, V]>
  [Symbol.iterator](): IterableIterator<[Key, V]>
  forEach(fn: (value: V, key: Key, cache: this) => void, thisArg?: any): void
  /** Deletes what has expired; tells whether anything had. */
  purgeStale(): boolean
  dump(): DumpedEntry<V>[]
  load(entries: DumpedEntry<V>[]): this
  recordTrace(options?: { sample?: number; max?: number }): Recording
  stats(): CacheStats
}

export interface SharedCacheOptions {
  /** Bytes of everything: keys, values, bookkeeping. At least 65,536. */
  maxBytes: number
  /** Default 'lru'. */
  policy?: Policy
  /** Default 0: entries do not expire. */
  ttl?: number
  /** Default 16, fewer for a budget below 16 MiB, more for one above 64 GiB. */
  shards?: number
}

export interface SharedCacheStats {
  hits: number
  misses: number
  sets: number
  evictions: number
  expirations: number
  rejected: number
  hitRatio: number
  size: number
  /** Bytes now, of everything. */
  bytes: number
  maxBytes: number
  shards: number
}

/** A cache of bytes outside the heap: one for all threads of the process that open the name. */
export class SharedCache {
  private constructor()
  static open(name: string, options: SharedCacheOptions): SharedCache
  readonly policy: Policy
  readonly maxBytes: number
  readonly size: number
  /** Tells whether it was stored: not where it is larger than the budget. Keys: up to 65,535 bytes. */
  set(key: string, value: any, options?: { ttl?: number }): boolean
  /** A copy, in the shape in which it was set: Buffer, string or JSON value. */
  get(key: string): any
  getBuffer(key: string): Buffer | undefined
  getMany(keys: Iterable<string>): any[]
  has(key: string): boolean
  delete(key: string): boolean
  clear(): void
  stats(): SharedCacheStats
  close(): void
}

export interface TieredCacheOptions<V = any> {
  l1: Cache<V> | SharedCache
  /** URL of the Redis: `redis://…`, or Sentinel or Cluster as `createQueue` takes them. */
  redis: string
  /** Before all keys, default 'rekue-cache'. */
  prefix?: string
  /** Entries live for 0.9 to 1 times this. */
  ttl: number
  /** For so long after its expiry a value is given where the load fails; default 0. */
  staleIfError?: number
  /** Time limit of a call to Redis, default 250. */
  l2Timeout?: number
  /** How long one process may keep others from loading a key, default 5000. */
  lockTtl?: number
}

export interface TieredCacheStats {
  l1Hits: number
  l2Hits: number
  loads: number
  loadErrors: number
  /** Calls that did without Redis because it was slow or down. */
  l2Errors: number
  /** Entries of Redis that could not be read. */
  l2Corrupt: number
  /** Expired values that stood in for failed loads. */
  stale: number
  /** Keys invalidated, here or elsewhere. */
  invalidations: number
  l1: CacheStats | SharedCacheStats
}

/** A cache before Redis before the source. What comes from Redis has been through JSON. */
export class TieredCache<V = any> {
  constructor(options: TieredCacheOptions<V>)
  fetch(key: Key, loader: (key: Key) => V | Promise<V>): Promise<V>
  /** ERR_STORE_UNAVAILABLE where Redis does not hear of it; this process has forgotten it even then. */
  invalidate(key: Key): Promise<void>
  stats(): TieredCacheStats
  close(): Promise<void>
}

/** Replays a trace: each request reads its key and sets it on a miss. */
export function simulate(
  trace: Uint32Array | string[],
  options: { policies?: (Policy | 'optimum')[]; sizes: number[] }
): SimulationResult[]

export const policies: readonly Policy[]
