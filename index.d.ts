// The public types of rekue, written by hand and checked against use in __tests__/types.test-d.ts.
//
// `require('rekue')` is the class Queue with everything else as its properties, as in Kue; hence
// one `export =`. From an ES module: `import rekue, { createQueue, Job } from 'rekue'`.

import { EventEmitter } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ListenOptions } from 'node:net'
import type { RedisClient } from './types/redis'
import type * as paginationModule from './types/pagination'

/**
 * A queue: creates jobs, processes them, and tells what happens to them.
 *
 * An open queue holds connections and keeps its process alive until {@link Queue.close}.
 *
 * Methods that take Kue's `(error, value)` callback give the queue back for chaining; what an
 * operation without a callback fails with reaches the `error` listeners.
 *
 * @example
 * const queue = require('rekue').createQueue()
 * queue.process('email', 5, async (job) => send(job.data.to))
 * await queue.add('email', { to: 'kim@example.com' }, { attempts: 3 })
 */
declare class Queue extends EventEmitter {
  /**
   * Most programs want one queue and take {@link Queue.createQueue}.
   * @throws ERR_INVALID_ARG for an option that is wrong or looks misspelt
   */
  constructor(options?: Queue.QueueOptions | null)

  /** `options.name`; the beginning of its workers' ids. Default `kue`. */
  readonly name: string
  /** How its workers are told from those of others: `NAME:HOST:PID`. */
  readonly id: string
  /** What the names of its keys begin with. */
  readonly prefix: string
  /** One for each slot that `process` opened; none after a shutdown. */
  readonly workers: Queue.Worker[]
  /** Whether `close` or a `shutdown` of the whole queue has begun. */
  readonly shuttingDown: boolean
  /** Kue's; null, for delayed jobs need no object that looks after them. */
  readonly promoter: null
  /** A client for the queue's Redis, connected when it is first asked for; null after a shutdown. */
  client: Queue.Client
  /** Collect jobs instead of storing them, for the tests of a program. */
  testMode: Queue.TestMode

  // ---- creating ----

  /**
   * Make a job; nothing is stored before its `save`.
   * @param type the kind of work; `process` takes jobs by it
   * @param data kept as it is: `job.data` stays this object. Default `{}`
   */
  create<D extends object = any, R = any>(type: string, data?: D): Queue.Job<D, R>
  /** The same as {@link Queue.create}. */
  createJob<D extends object = any, R = any>(type: string, data?: D): Queue.Job<D, R>

  /**
   * Make a job and store it.
   * @returns the job, with its `id`; rejects with ERR_INVALID_ARG, ERR_JOB_DATA,
   *   ERR_STORE_UNAVAILABLE or ERR_STORE_FULL, and then nothing was stored
   */
  add<D extends object = any, R = any>(
    type: string,
    data?: D | null,
    options?: Queue.JobOptions<D> | null
  ): Promise<Queue.Job<D, R>>

  /** Store many jobs at once, all or none. Rejects as {@link Queue.add} does. */
  addBulk<D extends object = any, R = any>(
    jobs: readonly Queue.NewJob<D>[]
  ): Promise<Queue.Job<D, R>[]>

  /**
   * Make a backoff function known here. A job stores only its text; a process that works on the
   * job needs the same function registered, else it takes the job's delay and tells the queue's
   * `error` listeners of an ERR_UNKNOWN_BACKOFF.
   * @throws ERR_INVALID_ARG
   */
  backoff(name: string, fn: Queue.BackoffFunction): this

  // ---- processing ----

  /**
   * Process jobs of a type, one at a time or `n` at a time. The number of parameters that `fn`
   * declares says how it tells the outcome:
   *
   * - `(job) => result`: by what it returns or its promise settles with; in test mode, as in Kue, one
   *   that returns nothing at all is not done
   * - `(job, done) => …`: by `done(error?, result?)`
   * - `(job, ctx, done) => …`: the same; `ctx` pauses, resumes and shuts down
   * - `(...args) => …`, `(job, ctx = …, done) => …`: called with all three, as in Kue, and settled by
   *   its promise where it returns one, else by `done`
   *
   * A throw or a rejected promise always fails the job. The first outcome counts.
   * @param n slots, 1 to 100000; default 1. Calls add up.
   * @throws ERR_INVALID_ARG; ERR_STORE_UNAVAILABLE once the queue is closed
   */
  process<D extends object = any, R = any>(type: string, fn: Queue.Processor<D, R>): this
  process<D extends object = any, R = any>(type: string, n: number, fn: Queue.Processor<D, R>): this

  // ---- asking ----

  /** How many jobs are in each state, and the ms spent on completed ones. */
  stats(): Promise<Queue.Stats>
  /** The types of all jobs that were ever stored. */
  types(fn?: Queue.Callback<string[]>): this
  /** The ids of the jobs in a state. */
  state(state: Queue.Known<Queue.JobState>, fn?: Queue.Callback<number[]>): this
  /** How many jobs are in a state. */
  card(state: Queue.Known<Queue.JobState>, fn?: Queue.Callback<number>): this
  /** How many jobs of a type are in a state. */
  cardByType(type: string, state: Queue.Known<Queue.JobState>, fn?: Queue.Callback<number>): this
  inactive(fn?: Queue.Callback<number[]>): this
  active(fn?: Queue.Callback<number[]>): this
  complete(fn?: Queue.Callback<number[]>): this
  failed(fn?: Queue.Callback<number[]>): this
  delayed(fn?: Queue.Callback<number[]>): this
  inactiveCount(fn?: Queue.Callback<number>): this
  inactiveCount(type: string, fn?: Queue.Callback<number>): this
  activeCount(fn?: Queue.Callback<number>): this
  activeCount(type: string, fn?: Queue.Callback<number>): this
  completeCount(fn?: Queue.Callback<number>): this
  completeCount(type: string, fn?: Queue.Callback<number>): this
  failedCount(fn?: Queue.Callback<number>): this
  failedCount(type: string, fn?: Queue.Callback<number>): this
  delayedCount(fn?: Queue.Callback<number>): this
  delayedCount(type: string, fn?: Queue.Callback<number>): this
  /**
   * The ids of the jobs that have every word of a text in their data, in whatever form ("videos"
   * finds "video"): first those that have the words most often, among equals the newest. Only jobs
   * are found that were saved with `disableSearch: false`. The store is asked in small steps: what
   * changes meanwhile may be found or not.
   */
  search(text: string): Promise<number[]>
  search(text: string, fn: Queue.Callback<number[]>): void
  /** The ms spent on completed jobs. */
  workTime(fn?: Queue.Callback<number>): this
  /** A setting that Kue's tools stored, null where there is none. */
  setting(name: string, fn?: Queue.Callback<string | null>): this
  /**
   * Look every so many ms (1000; at least 100) for jobs that wait where no worker finds them, which
   * old Kue processes leave when they die. A process with processors does so once a minute anyhow.
   * A look is a few counts; what is mended has been wrong for ten seconds.
   */
  watchStuckJobs(intervalMs?: number): this
  /**
   * Look over the whole store for what processes left behind that died between two steps, and mend
   * it: jobs in no set or in the wrong ones, members of sets and logs without a job, wake-up tokens
   * out of step, counts that do not fit. Healthy jobs, and those that an old Kue process holds, stay
   * as they are. Works in small steps beside running workers.
   */
  repair(options?: Queue.RepairOptions): Promise<Queue.RepairReport>
  /** Kue's deprecated call. Accepted; delayed jobs start by themselves. */
  promote(intervalMs?: number, limit?: number): this
  /** Kue's timers for delayed jobs and ttls. Accepted; they run where jobs are processed. */
  setupTimers(): void
  checkJobPromotion(options?: object | number): void
  checkActiveJobTtl(options?: object | number): void

  // ---- ending ----

  /**
   * Take no more jobs, wait for those in hand, record their outcomes, end all connections. The
   * process may end then. A second call gives the same promise.
   * @param timeoutMs after which jobs in hand fail with `Shutdown` (they are tried again where
   *   attempts remain) and their `signal` is aborted; without it, or with 0, they get all the time
   *   they need
   */
  close(timeoutMs?: number): Promise<void>
  /**
   * Kue's `close`: of the whole queue, or of the processors of one type. Without a callback and a type
   * it does nothing where the queue has no processors, as in Kue. `createQueue` gives a new queue from
   * here on, and the statics of `Job` go on working.
   */
  shutdown(fn?: Queue.ErrorCallback): this
  shutdown(timeoutMs: number | null, fn?: Queue.ErrorCallback): this
  shutdown(timeoutMs: number | null, type: string | null, fn?: Queue.ErrorCallback): this

  // ---- listening ----

  on<E extends string | symbol>(event: E, listener: Queue.Listener<Queue.QueueEvents, E>): this
  once<E extends string | symbol>(event: E, listener: Queue.Listener<Queue.QueueEvents, E>): this
  addListener<E extends string | symbol>(
    event: E,
    listener: Queue.Listener<Queue.QueueEvents, E>
  ): this
  prependListener<E extends string | symbol>(
    event: E,
    listener: Queue.Listener<Queue.QueueEvents, E>
  ): this
  off<E extends string | symbol>(event: E, listener: Queue.Listener<Queue.QueueEvents, E>): this
  removeListener<E extends string | symbol>(
    event: E,
    listener: Queue.Listener<Queue.QueueEvents, E>
  ): this
}

// In the namespace the name would mean itself.
type QueueOfKue = Queue

// In the namespace, not the class, so that `import * as rekue` sees them too.
declare namespace Queue {
  /** The names that `@types/kue` has. */
  type Queue = QueueOfKue
  type ProcessCallback = Processor
  type WorkerCtx = WorkerContext
  type JobCallback = (error?: any, job?: Job) => void

  /** A `rekue/redis` client with Kue's helpers for keys. */
  interface Client extends RedisClient {
    /** That of the queue. */
    prefix: string
    /** The name of a key of the queue. */
    getKey(key: string): string
    /** The member that stands for a job in the sorted sets. */
    createFIFO(id: number | string): string
    /** The id in such a member. */
    stripFIFO(member: string): number
  }

  /** `rekue/pagination`. */
  const pagination: typeof paginationModule

  /** Kue's `kue.redis`: clients for the Redis of the queue that was made last. */
  const redis: {
    /** Say where clients connect to; every new queue does. */
    configureFactory(options: QueueOptions, queue?: EventEmitter): void
    createClient(): Client
    /** A client without the helpers. */
    createClientFactory(options?: QueueOptions): RedisClient
    /** The client that all share who ask here. */
    client(): Client
    pubsubClient(): Client
    /** Quit the shared clients. */
    reset(): void
  }

  /**
   * The queue of this process: made on the first call, the same one afterwards, until it is shut
   * down. Options count on the call that makes it.
   */
  function createQueue(options?: QueueOptions | null): Queue
  /** The slots of the queues of this process. */
  let workers: Worker[]
  /** rekue's version. */
  const version: string
  /** Also `require('rekue/cache')`. */
  const cache: typeof import('./types/cache')
  /** Also `require('rekue/i18n')`. */
  const i18n: typeof import('./types/i18n')

  // ---- options ----

  interface QueueOptions {
    /**
     * URL of the store: `redis://[user:password@]host[:port][/db]`, `rediss://…` (TLS) or
     * `redis+unix:///path`; `redis+sentinel://[user:password@]host[:port],…/MASTER[/db]` or
     * `redis+cluster://[user:password@]host[:port],…` (`rediss+…` for TLS), where `?replicas=N`
     * acknowledges jobs only once N replicas have them; `sqlite:FILE[?synchronous=full]` or `sqlite::memory:` for the embedded
     * store. Wins over `redis`. Default `redis://127.0.0.1:6379`.
     */
    store?: string
    /** The same, as Kue takes it; of a client of node_redis, ioredis or `rekue/redis` its address. */
    redis?: string | RedisOptions | GivenClient | null
    /**
     * How connections are encrypted, for a store that is (`rediss://`, `rediss+…`): by default
     * servers are checked against the certificates that the system trusts. `true` is the default,
     * and asks for TLS where `redis` is an address in parts.
     */
    tls?: TlsOptions | boolean | null
    /** What the names of all keys begin with. Default `q`. */
    prefix?: string | null
    /**
     * Write keys as `{prefix}:key`, as Kue over ioredis does. Default false; true on a cluster,
     * where false is refused.
     */
    hashTag?: boolean | null
    /** The first part of the ids of this process's workers. Default `kue`. */
    name?: string | null
    /** Whether events of jobs reach the objects that created them. Default true. */
    jobEvents?: boolean
    /**
     * `false` has the jobs that are saved here found by `search`. As in Kue, they are not by
     * default, for an index costs room and time.
     */
    disableSearch?: boolean
    /** How delayed jobs are looked after. */
    promotion?: {
      /** A delayed job is late by this many ms at most; default 1000. It usually is by 1 or 2. */
      interval?: number
      /** Jobs started in one step; default 1000. */
      limit?: number
    } | null
    /** How a worker that died is noticed. */
    lease?: {
      /**
       * ms that jobs are held without a sign of life from their process; default 30000, at least
       * 100. The signs come from a thread of their own, however busy the event loop is.
       */
      duration?: number
      /**
       * How often a job may lose its worker before it fails; default 3. Also how often one is put off
       * whose claims cannot be answered.
       */
      maxLost?: number
      /**
       * ms after which an event loop that does nothing at all counts as hung, at least `duration`;
       * default 600000. Its lease is then not renewed, and its jobs go to others.
       */
      hungAfter?: number
    } | null
    /** ms that one attempt to connect may take; default 10000. */
    connectTimeout?: number
    /**
     * ms after which a call that could not be answered, waiting for a connection included, is
     * given up with ERR_STORE_UNAVAILABLE; default 10000.
     */
    commandTimeout?: number
  }

  /** How `repair` works. */
  interface RepairOptions {
    /** Only tell what is wrong. Default false. */
    dryRun?: boolean
    /** ms that something must stay wrong before it counts; default 10000. */
    wait?: number
  }

  /** What `repair` found, and mended unless it was a dry run. */
  interface RepairReport {
    dryRun: boolean
    /**
     * How many of each kind: `unlisted` (a job that waits but not where workers look), `unplaced`
     * (missing in its sets), `misplaced` (in sets of other states too), `unfinished` (saved by
     * half), `orphan` (sets or a log without a job), `tokens`, `lease`, `counts`.
     */
    found: Partial<
      Record<
        | 'unlisted'
        | 'unplaced'
        | 'misplaced'
        | 'unfinished'
        | 'orphan'
        | 'tokens'
        | 'lease'
        | 'counts',
        number
      >
    >
    /** Ids of the jobs with something wrong, a hundred at most. */
    jobs: (number | string)[]
  }

  /** A Redis client: the queue takes its address, and has connections of its own. */
  type GivenClient = { send_command: AnyFunction } | { sendCommand: AnyFunction }

  /** Where Redis is, in Kue's way. */
  interface RedisOptions {
    /** Default `127.0.0.1`. */
    host?: string
    /** Default 6379. */
    port?: number | string
    /** Path of a Unix socket, instead of host and port. */
    socket?: string
    /** Number of the database. Default 0. */
    db?: number | string
    /** The password. */
    auth?: string
    password?: string
    username?: string
    /** Asks for TLS; with an object, as `tls` of {@link QueueOptions}. */
    tls?: TlsOptions | boolean | null
    /** Options of node_redis; of these the address, the secrets and `tls` are used. */
    options?: Record<string, any>
    /** Cannot be honoured, for the connection is made in Rust: ERR_INVALID_ARG. */
    createClientFactory?: never
  }

  /**
   * TLS for all connections of a queue, in Node's names. Certificates and keys are PEM. Another name
   * that could make them safer is ERR_INVALID_ARG.
   */
  interface TlsOptions {
    /** The authorities to trust instead of those of the system, or the server's own certificate. */
    ca?: string | Buffer | (string | Buffer)[]
    /** The certificate to show to servers. */
    cert?: string | Buffer
    /** Its key, not encrypted. */
    key?: string | Buffer
    /** The name that certificates must be for; default: that of the host. */
    servername?: string
    /** `false` believes whoever answers. Default true. */
    rejectUnauthorized?: boolean
  }

  /** What a job can be told when it is added; the methods of {@link Job} of the same names. */
  interface JobOptions<D extends object = any> {
    /** Default `normal`, which is 0. */
    priority?: Priority
    /** How often the job is tried before it fails; default 1. */
    attempts?: number
    /** The pause before another attempt; without it there is none. */
    backoff?: Backoff<D>
    /** ms before the job may start, or the date. */
    delay?: number | Date
    /** ms that an attempt may take without progress. */
    ttl?: number
    /** Whether the job is removed once it completed; default false. */
    removeOnComplete?: boolean
    /** The keys, or paths like `to.name`, of the data that search looks at; all of it without. */
    searchKeys?: string | string[]
  }

  interface NewJob<D extends object = any> {
    type: string
    data?: D | null
    options?: JobOptions<D> | null
  }

  /**
   * One of the names `T`, which editors suggest, or a text of which only the running program knows
   * that it is one. What is none of them is ERR_INVALID_ARG then, or has no effect, as in Kue.
   */
  type Known<T> = T | (string & {})

  type JobState = 'inactive' | 'active' | 'complete' | 'failed' | 'delayed'

  /** A smaller number runs first. The names: low 10, normal 0, medium -5, high -10, critical -15. */
  type Priority = 'low' | 'normal' | 'medium' | 'high' | 'critical' | number

  /**
   * The pause before another attempt: `true` for the job's own delay; fixed, or growing as
   * `delay / 2 * (2^attempts - 1)`, where `delay` defaults to the job's own; or a function.
   */
  type Backoff<D extends object = any> = boolean | BackoffRule | BackoffFunction<D>

  interface BackoffRule {
    type: 'fixed' | 'exponential'
    /** ms. */
    delay?: number
    /** ms; what `exponential` stays below. */
    maxDelay?: number
  }

  /** A rule whose kind TypeScript knows as a text only: `const rule = { type: 'fixed', delay: 10 }`. */
  interface LooseBackoffRule {
    type: Known<BackoffRule['type']>
    delay?: number | string
    maxDelay?: number | string
  }

  /** Gets the attempts made, the one that failed included, and the job's delay; answers ms. */
  type BackoffFunction<D extends object = any> = (
    this: Job<D>,
    attempts: number,
    delay: number
  ) => number

  // ---- processors ----

  /**
   * What `process` calls for each job: `(job)`, `(job, done)` or `(job, ctx, done)`; see there.
   *
   * TypeScript cannot tell these apart before it knows the types of their parameters, so the
   * second one is typed as both: call it in a function of two, use its methods in one of three.
   */
  type Processor<D extends object = any, R = any> = (
    job: Job<D>,
    ctxOrDone: DoneCallback<R> & WorkerContext,
    done: DoneCallback<R>
  ) => R | void | PromiseLike<R | void>

  /** Tell the outcome of a job. A result is stored as JSON. */
  type DoneCallback<R = any> = (error?: unknown, result?: R) => void

  /** What a processor of three parameters gets second. It is about its type in this process. */
  interface WorkerContext {
    /**
     * Take no more jobs of this type; `fn` is called when none is in hand any more.
     * @param timeoutMs after which jobs in hand fail with `Shutdown`; default 5000
     */
    pause(fn?: ErrorCallback): void
    pause(timeoutMs: number | null, fn?: ErrorCallback): void
    /** Take jobs of this type again. */
    resume(): void
    /** `pause` for the slot of this job alone. */
    shutdown(fn?: AnyFunction): void
    shutdown(timeoutMs: number | null, fn?: AnyFunction): void
  }

  /** One slot of a processor: takes one job at a time. Made by `queue.process`. */
  interface Worker extends EventEmitter {
    readonly queue: Queue
    readonly type: string
    /** Its number in the queue, from 1. */
    readonly slot: number
    /** As `job.workerId` of the jobs that it took: `NAME:HOST:PID:TYPE:SLOT`. */
    readonly id: string
    /** Whether it takes jobs. */
    readonly running: boolean
    /** The job in hand. */
    readonly job: Job | null
    /** Take jobs again; false when it does already. */
    resume(): boolean
    /** Take no more jobs; `fn` is called when none is in hand. */
    shutdown(fn?: AnyFunction): void
    shutdown(timeoutMs: number | null, fn?: AnyFunction): void

    on<E extends string | symbol>(event: E, listener: Listener<WorkerEvents, E>): this
    once<E extends string | symbol>(event: E, listener: Listener<WorkerEvents, E>): this
    addListener<E extends string | symbol>(event: E, listener: Listener<WorkerEvents, E>): this
    prependListener<E extends string | symbol>(event: E, listener: Listener<WorkerEvents, E>): this
    off<E extends string | symbol>(event: E, listener: Listener<WorkerEvents, E>): this
    removeListener<E extends string | symbol>(event: E, listener: Listener<WorkerEvents, E>): this
  }

  // ---- events ----

  /**
   * The listener of an event of `Events`; of one that is not among them, any function. As with a
   * {@link Callback}, a listener with annotations of its own is taken as it is.
   */
  type Listener<Events, E> =
    | (E extends keyof Events
        ? Events[E] extends unknown[]
          ? (...args: Events[E]) => void
          : never
        : (...args: any[]) => void)
    | AnyFunction

  /** What a job emits where it was created, and in any process that reads and listens to it. */
  interface JobEvents<R = any> {
    /** It waits for a worker. */
    enqueue: [type: string]
    /** A worker has it. */
    start: [type: string]
    /** Its delay is over. */
    promotion: []
    /** Percent, and the data that the processor gave along. */
    progress: [percent: number, data: any]
    /** It failed and will be tried again: the error's message, and the attempts made. */
    'failed attempt': [message: string, attempts: number]
    /** It failed for good: the error's message. */
    failed: [message: string]
    /** Its result, null where the processor gave none. */
    complete: [result: R]
    remove: [type: string]
    /** Any failure: the error as stored, which is its stack where it has one. */
    error: [error: string]
  }

  /** What a queue emits. Events of jobs, of all processes, have the job's id first. */
  interface QueueEvents {
    'job enqueue': [id: number, type: string]
    'job start': [id: number, type: string]
    'job promotion': [id: number]
    'job progress': [id: number, percent: number, data: any]
    'job failed attempt': [id: number, message: string, attempts: number]
    'job failed': [id: number, message: string]
    'job complete': [id: number, result: any]
    'job remove': [id: number, type: string]
    'job error': [id: number, error: string]
    /**
     * What no callback and no promise tells: lost connections, lost leases, failures of calls
     * without a callback. Without a listener it becomes a process warning.
     */
    error: [error: RekueError]
  }

  interface WorkerEvents {
    'job start': [job: Job]
    'job complete': [job: Job]
    'job failed attempt': [job: Job]
    'job failed': [job: Job]
    /** The job was given to another worker, or somebody moved or removed it. */
    'job lost': [job: Job]
    idle: []
  }

  // ---- answers ----

  /**
   * What takes an answer. Unannotated parameters have the types of the first alternative; a
   * function with annotations of its own (`(err: Error, n: number) => …`), or one known as a
   * `Function` alone, is taken as it is, as by `@types/kue`.
   */
  type Callback<T> = ((error: Error | null, value: T) => void) | AnyFunction

  /** The same, where there is nothing to tell but whether it went well. */
  type ErrorCallback = ((error: Error | null) => void) | AnyFunction

  /** In a union it leaves the parameters of what is written in place to the other alternative. */
  type AnyFunction = Function

  interface Stats {
    inactive: number
    active: number
    complete: number
    failed: number
    delayed: number
    /** ms. */
    workTime: number
  }

  interface TestMode {
    /** The jobs that were saved since `enter`: the very objects. */
    readonly jobs: Job<any, any>[]
    /** What `enter` was told last: whether jobs are stored and processed as well. */
    readonly processQueue: boolean
    /** Collect jobs from now on. @param process whether they are stored and processed as well */
    enter(process?: boolean): void
    /** Store jobs again. */
    exit(): void
    /** Forget the jobs that were collected. */
    clear(): void
  }

  /** What `JSON.stringify(job)` writes. Times are ms since 1970; texts where read from the store. */
  interface JobJSON<D extends object = any, R = any> {
    id: number
    type: string
    data: D
    result?: R
    priority: number
    progress: number | string
    progress_data?: any
    state?: JobState
    error?: string
    created_at?: number | string
    promote_at?: number | string
    updated_at?: number | string
    failed_at?: number | string
    started_at?: number | string
    duration?: number | string
    delay?: number | string
    workerId?: string
    ttl?: number | string
    attempts: { made: number; remaining: number; max: number }
  }

  // ---- jobs ----

  /**
   * A job: made with `queue.create`, told what to do by chained calls, stored with `save`.
   *
   * Methods with a callback answer through it and give the job back; without a callback a failure
   * reaches the queue's `error` listeners. `D` is the type of its data, `R` of its result.
   */
  class Job<D extends object = any, R = any> extends EventEmitter {
    /** For the queue made last in this process; better `queue.create`. */
    constructor(type: string, data?: D)

    /** The client of its queue, see `queue.client`; the static one is that of the queue made last. */
    client: Client
    static client: Client

    /**
     * A number, once the job is stored. As in Kue a string in test mode, and where the job was read
     * by a string.
     */
    id: number
    type: string
    /** On the creating side the very object that was given. */
    data: D
    /** Where the job was read from the store or is being processed. */
    result?: R
    progress_data?: any
    /**
     * Times are ms since 1970: numbers where the job was created, texts where it was read. One that
     * is still to come (`failed_at` of a job that did not fail) is undefined, which the types leave
     * out, as they do for `id`: those who ask for it know where the job stands.
     */
    created_at: number | string
    promote_at: number | string
    updated_at: number | string
    failed_at: number | string
    started_at: number | string
    /** ms. */
    duration?: number | string
    /** Who took it last; undefined where nobody did. */
    workerId: string

    // -- what to do with it --

    priority(): number
    priority(level: Known<Priority>): this
    /** How often it is tried before it fails. */
    attempts(n: number): this
    backoff(): Backoff<D> | undefined
    backoff(rule: Backoff<D> | LooseBackoffRule): this
    delay(): number | string | undefined
    /** ms before it may start, or the date. As in Kue, what is not above 0 is ignored. */
    delay(ms: number | Date): this
    ttl(): number | string | undefined
    /** ms that an attempt may take; progress makes them start anew. */
    ttl(ms: number | string): this
    removeOnComplete(): boolean | string | undefined
    removeOnComplete(remove: boolean | string): this
    searchKeys(): string[] | undefined
    searchKeys(keys: string | string[]): this
    /** Whether its events are to reach this process. */
    events(wanted: boolean): this

    // -- storing it --

    /**
     * Store it, or, where it has an id, its changes: see `update`. The callback may get
     * ERR_INVALID_ARG, ERR_JOB_DATA, ERR_STORE_UNAVAILABLE or ERR_STORE_FULL.
     */
    save(fn?: ErrorCallback): this
    /** Store changes of data, priority, delay, ttl, backoff. Its state stays as it is. */
    update(fn?: ErrorCallback): this
    /** Remove it, whatever its state. As in Kue, that it is gone already is no error; for `Job.remove` it is. */
    remove(fn?: ErrorCallback): this
    /** Store one field, by its name in the store. Nothing happens where the job is gone. */
    set(key: string, value: string | number | boolean, fn?: ErrorCallback): this
    /** Read one field, by its name in the store. */
    get(key: string, fn?: Callback<string | null>): this

    // -- while it runs --

    progress(): number | string | undefined
    /**
     * Tell how much is done: `min(100, complete * 100 / total | 0)` percent.
     * @param data for the listeners; JSON
     */
    progress(complete: number, total: number, data?: any): this
    /** Have its ttl start anew, as progress does. */
    refreshTtl(): this
    /** Count an attempt by hand; workers do so by themselves. */
    attempt(
      fn?:
        ((error: Error | null, remaining: number, made: number, max: number) => void) | AnyFunction
    ): this
    /** Have a failed job tried again after `made` attempts: at once, or as its backoff says. */
    reattempt(made: number, fn?: ErrorCallback): this
    /** Fail it by hand; it is tried again where attempts are left. */
    failedAttempt(
      failure: unknown,
      fn?: ((error: Error | null, again: boolean, attempts: number) => void) | AnyFunction
    ): this
    /** Add a line to its log: a format with arguments, as `util.format`, or anything. */
    log(...args: any[]): this
    /**
     * Aborted when nobody waits for this attempt any more: its ttl is over (reason ERR_ABORTED),
     * the time at shutdown is over (ERR_ABORTED), another worker has the job (ERR_LEASE_LOST).
     */
    readonly signal: AbortSignal

    // -- where it is --

    /** As it was when last seen here. */
    state(): JobState | undefined
    /** Put it into a state by hand. */
    state(state: Known<JobState>, fn?: ErrorCallback): this
    complete(fn?: ErrorCallback): this
    failed(fn?: ErrorCallback): this
    inactive(fn?: ErrorCallback): this
    active(fn?: ErrorCallback): this
    delayed(fn?: ErrorCallback): this
    /** The error it failed with, as stored. */
    error(): string | undefined
    /** Store an error, with its first line in the log. */
    error(error: unknown): this
    /**
     * Wait for the outcome, wherever the job runs; events that were missed do no harm.
     * @returns the result; rejects with ERR_JOB_FAILED and the error's message, with
     *   ERR_JOB_NOT_FOUND when the job was removed, or with ERR_STORE_UNAVAILABLE
     */
    finished(): Promise<R>
    /** Receive its events in this process, e.g. of a job that was read. */
    subscribe(fn?: AnyFunction): this
    toJSON(): JobJSON<D, R>

    // -- listening --

    on<E extends string | symbol>(event: E, listener: Listener<JobEvents<R>, E>): this
    once<E extends string | symbol>(event: E, listener: Listener<JobEvents<R>, E>): this
    addListener<E extends string | symbol>(event: E, listener: Listener<JobEvents<R>, E>): this
    prependListener<E extends string | symbol>(event: E, listener: Listener<JobEvents<R>, E>): this
    off<E extends string | symbol>(event: E, listener: Listener<JobEvents<R>, E>): this
    removeListener<E extends string | symbol>(event: E, listener: Listener<JobEvents<R>, E>): this

    // -- statics: of the queue that was made last in this process; without a callback, a promise --

    /** Read a job. ERR_JOB_NOT_FOUND where there is none. */
    static get<D extends object = any, R = any>(id: number | string): Promise<Job<D, R>>
    static get<D extends object = any, R = any>(id: number | string, fn: Callback<Job<D, R>>): void
    /** The type may be given, as in Kue, and is not needed. */
    static get<D extends object = any, R = any>(
      id: number | string,
      type: string
    ): Promise<Job<D, R>>
    static get<D extends object = any, R = any>(
      id: number | string,
      type: string,
      fn: Callback<Job<D, R>>
    ): void
    /** Without a callback a failure ends no process that does not await the promise. */
    static remove(id: number | string): Promise<void>
    static remove(id: number | string, fn: ErrorCallback): void
    /** Remove what is left of a job that cannot be read; the type is not needed. */
    static removeBadJob(id: number | string, type?: string): void
    /** The lines of a job's log. */
    static log(id: number | string): Promise<string[]>
    static log(id: number | string, fn: Callback<string[]>): void
    /** Jobs by position, both ends included; -1 is the last. In order of their ids. */
    static range(from: number, to: number, order?: Known<Order>): Promise<Job[]>
    static range(from: number, to: number, fn: Callback<Job[]>): void
    static range(from: number, to: number, order: Known<Order>, fn: Callback<Job[]>): void
    static rangeByState(
      state: Known<JobState>,
      from: number,
      to: number,
      order?: Known<Order>
    ): Promise<Job[]>
    static rangeByState(state: Known<JobState>, from: number, to: number, fn: Callback<Job[]>): void
    static rangeByState(
      state: Known<JobState>,
      from: number,
      to: number,
      order: Known<Order>,
      fn: Callback<Job[]>
    ): void
    static rangeByType(
      type: string,
      state: Known<JobState>,
      from: number,
      to: number,
      order?: Known<Order>
    ): Promise<Job[]>
    static rangeByType(
      type: string,
      state: Known<JobState>,
      from: number,
      to: number,
      fn: Callback<Job[]>
    ): void
    static rangeByType(
      type: string,
      state: Known<JobState>,
      from: number,
      to: number,
      order: Known<Order>,
      fn: Callback<Job[]>
    ): void
    /** Find jobs; see `queue.search`. */
    static search(text: string): Promise<number[]>
    static search(text: string, fn: Callback<number[]>): void
    /** The numbers behind the names. */
    static readonly priorities: { low: 10; normal: 0; medium: -5; high: -10; critical: -15 }
    /** What jobs that are made from now on begin with; see `job.events`. */
    static jobEvents: boolean
    /** Kue's name for the switch of the queue that was made last; see {@link QueueOptions}. */
    static disableSearch: boolean
  }

  type Order = 'asc' | 'desc'

  // ---- the web application ----

  /**
   * Kue's JSON API and a page over it: a handler that Express 4 and 5 mount, and that listens on its own. It works on
   * the queue that was made last, or makes one with the defaults. It is loaded when it is first
   * asked for, hence no named import: `rekue.app`.
   */
  const app: WebApp

  interface WebApp {
    (req: IncomingMessage, res: ServerResponse, next?: (error?: any) => void): void
    /** What pages call the application. Default `rekue`. */
    set(name: 'title', title: string): this
    /**
     * Who may ask for anything. `true` lets a request in, `{ challenge }` is answered with 401 and
     * that `WWW-Authenticate` header, anything else with 403. Without it, `listen` takes requests
     * of this machine only.
     */
    set(
      name: 'authorize',
      hook: (req: any) => boolean | { challenge: string } | Promise<boolean | { challenge: string }>
    ): this
    /** The largest body in bytes; default 102400. */
    set(name: 'body limit', bytes: number): this
    set(name: string, value: any): this
    set(name: string): any
    get(name: string): any
    enable(name: string): this
    disable(name: string): this
    enabled(name: string): boolean
    disabled(name: string): boolean
    locals: Record<string, any>
    /**
     * Have handlers called before the application's own; those of four parameters are called where
     * one of them, or the application, fails. It takes no paths and no routes: ERR_INVALID_ARG.
     */
    use(
      ...handlers: (
        | ((req: any, res: any, next: (error?: any) => void) => any)
        | ((error: any, req: any, res: any, next: (error?: any) => void) => any)
      )[]
    ): this
    /**
     * As `server.listen` of Node, but on 127.0.0.1 where no host is given and nothing is said of
     * who may ask. A host beyond this machine is then ERR_INVALID_ARG, and requests under other names
     * than `localhost`, `127.0.0.1` and `[::1]` are answered with 403.
     */
    listen(port?: number | string, callback?: () => void): Server
    listen(port: number | string, host: string, callback?: () => void): Server
    listen(options: ListenOptions | string, callback?: () => void): Server
  }

  // ---- errors ----

  /** The `code` of every error of this package. docs/errors.md says what to do about each. */
  type ErrorCode =
    | 'ERR_NATIVE_NOT_BUILT'
    | 'ERR_INVALID_ARG'
    | 'ERR_STORE_UNAVAILABLE'
    | 'ERR_STORE_FULL'
    | 'ERR_JOB_NOT_FOUND'
    | 'ERR_JOB_DATA'
    | 'ERR_JOB_FAILED'
    | 'ERR_UNKNOWN_BACKOFF'
    | 'ERR_LEASE_LOST'
    | 'ERR_ABORTED'
    | 'ERR_UNSUPPORTED_LOCALE'
    | 'ERR_INVALID_TIMEZONE'
    | 'ERR_FTL'
    | 'ERR_CSV'
    | 'ERR_INVALID_PAGE'
    | 'ERR_INDEX_OUT_OF_RANGE'
    | 'ERR_INVALID_CURSOR'
    | 'ERR_STALE_CURSOR'
    | 'ERR_DATASET_CLOSED'
    | 'ERR_INTERNAL'

  interface RekueError extends Error {
    code: ErrorCode
    /** With ERR_INVALID_ARG: the argument. */
    argument?: string
    /** With ERR_UNKNOWN_BACKOFF and ERR_LEASE_LOST: the job. */
    id?: number | string
  }
}

export = Queue
