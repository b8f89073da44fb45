'use strict'

const { EventEmitter } = require('node:events')
// Not the globals: tests replace those, and closing is to go on.
const { clearTimeout, setTimeout } = require('node:timers')
const { createError, invalidArg, checkCallback, toNumber, toText } = require('../errors')
const AddBatch = require('./add-batch')
const backoffs = require('./backoff')
const { JobEvents } = require('./events')
const { guard } = require('./guard')
const encoding = require('./job-encoding')
const Job = require('./job')
const { jobWith } = require('./job-options')
const { check } = require('./options')
const Lane = require('./lane')
const clients = require('./redis')
const { STATES, stateOfType, warnOfState, wrongState, wrongStateOfType } = require('./states')
const { answer, findText } = require('./statics')
const { testMode, take } = require('./test-mode')
const Wire = require('./wire')
const { Worker, work } = require('./worker')
const { maybeTypeName, typeName } = require('./type-name')
const { nextTick } = require('./untouched')
const warn = require('./warn')

const noop = () => {}

/** Kue's interval for `watchStuckJobs`, and the least that makes sense. */
const WATCH_MS = 1000
const SHORTEST_WATCH_MS = 100
const LONGEST_WATCH_MS = 2 ** 31 - 1

/** How much longer than its time-out a shutdown waits for the store. */
const LAST_WORDS_MS = 2000

/** How long a queue that was opened to answer one question after a shutdown waits for the next. */
const STRAY_MS = 1000

/** How long something must stay wrong before it is mended: Kue's steps take milliseconds. */
const REPAIR_WAIT_MS = 10_000

/** Slots that one `process` call may ask for; far above what one event loop can use. */
const MOST_SLOTS = 100_000

/** Claims that were over by their ttl to be remembered, whose outcome here was a moment late. */
const MOST_OVERDUE = 1000

/** The options of the queue that was made last. @type {any} */
let lastOptions
/** What answers who asks after a shutdown. @type {Queue | null} */
let stray = null

/**
 * A queue, as Kue's: creates jobs, processes them, tells what happens to them.
 */
class Queue extends EventEmitter {
  /** @param {any} [options] see index.d.ts */
  constructor(options) {
    super()
    clients.checkFactory()
    const { native, name, prefix, jobEvents } = check(options)
    this.name = name
    this.id = native.workerId
    this.prefix = prefix
    this._options = options || {}
    /** @type {InstanceType<typeof Worker>[]} */
    this.workers = Queue.workers
    this.promoter = null
    this.shuttingDown = false
    /** Whether nothing can be asked any more. */
    this._ends = false
    this._tracker = new JobEvents(this)
    /** @type {Map<number, InstanceType<typeof Worker>>} */
    this._slots = new Map()
    /** @type {Map<string, Lane>} */
    this._lanes = new Map()
    /** @type {Map<string, string>} */
    this._typeJsons = new Map()
    this._closing = null
    this._warned = new Set()
    this._wire = new Wire(native, {
      jobs: (type, offers) => this._tracker.claimed(type, offers),
      added: (batch) => this._tracker.added(batch),
      event: (message) => this._tracker.deliver(message),
      startsHere: ({ id, event, args }) =>
        event === 'start' && this._lanes.has(args[1]) && this._tracker.hears(id, event),
      taken: (type, id, fence, reason) => this._taken(id, fence, reason),
      listening: (flow, ids) => this._tracker.recheck(flow, ids),
      trouble: (error) => this._complain(error),
      warning: warn
    })
    if (jobEvents !== undefined) Job.jobEvents = jobEvents
    lastOptions = options
    if (stray) stray.close().catch(noop)
    stray = null
    /** Whether jobs that are saved here go into the index of search. */
    this._indexes = this._options.disableSearch === false
    Job._queue = this
    Queue.opened = true
    /** Claims that are known to be over by their ttl, though not in hand here. @type {Set<string>} */
    this._overdue = new Set()
    /** Made when it is first asked for. @type {any} */
    this._client = undefined
    /** What a program put in the place of Kue's. @type {any} */
    this._testMode = undefined
    clients.configure(this._options, (error) => this._complain(error))
  }

  /**
   * A `rekue/redis` client with Kue's helpers for its keys; null after a shutdown.
   * @returns {any}
   */
  get client() {
    if (this._client === undefined) {
      this._client = clients.makeClient(this._options, (error) => this._complain(error))
    }
    return this._client
  }

  set client(client) {
    this._client = client
  }

  /** Kue's test mode: collects jobs instead of storing them. */
  get testMode() {
    return this._testMode ?? testMode
  }

  set testMode(other) {
    this._testMode = other
  }

  // ---- creating ------------------------------------------------------------------------------

  /**
   * Make a job; it is stored when its `save` is called.
   * @param {string} type
   * @param {any} [data]
   * @returns {any} a Job
   */
  create(type, data) {
    return new Job(type, data, ownQueue(this))
  }

  /** The same, and as in Kue not by way of it: programs wrap the one in the other. @param {string} type @param {any} [data] */
  createJob(type, data) {
    return new Job(type, data, ownQueue(this))
  }

  /**
   * Add a job.
   * @param {string} type
   * @param {any} [data]
   * @param {object} [options]
   * @returns {Promise<Job>}
   */
  async add(type, data, options) {
    const job = jobWith(this, type, data, options)
    return new Promise((resolve, reject) => {
      job.save((error) => (error ? reject(error) : resolve(job)))
    })
  }

  /**
   * Add jobs in one round trip, all or none.
   * @param {{ type: string, data?: any, options?: object }[]} jobs
   * @returns {Promise<Job[]>}
   */
  async addBulk(jobs) {
    if (!Array.isArray(jobs)) throw invalidArg('jobs', jobs, 'an array of { type, data, options }')
    // A hole in a list is no job either.
    const made = Array.from(jobs, (entry, index) => {
      if (entry === null || typeof entry !== 'object') {
        throw invalidArg(`jobs[${index}]`, entry, 'an object { type, data, options }')
      }
      return jobWith(this, entry.type, entry.data, entry.options, `jobs[${index}].`)
    })
    return new Promise((resolve, reject) => {
      const batch = new AddBatch((error) => (error ? reject(error) : resolve(made)))
      for (const job of made) batch.push(job, encoding.spec(job), encoding.dataOf(job))
      // Each of them, though one is enough to tell.
      const collected = made.filter((job) => take(job)).length > 0
      if (made.length === 0 || collected) resolve(made)
      else this._wire.addAll(batch)
    })
  }

  /**
   * Register a backoff function, so that jobs which store its text or this name can use it here.
   * @param {string} name
   * @param {(attempts: number, delay: number) => number} fn
   */
  backoff(name, fn) {
    backoffs.register(name, fn)
    return this
  }

  // ---- processing ----------------------------------------------------------------------------

  /**
   * Process jobs of a type, `n` at a time.
   * @param {string} type
   * @param {any} n
   * @param {any} [fn] `(job, done)`, `(job, ctx, done)`, or `(job)` that returns a promise
   */
  process(type, n, fn) {
    // As in Kue, whatever stands behind it.
    if (typeof n === 'function') [fn, n] = [n, 1]
    type = typeName(type)
    if (n === undefined && fn === undefined) {
      // Kue makes no worker of that, and programs have it in a route, with the processor elsewhere.
      warn(
        'REKUE_NO_PROCESSOR',
        `queue.process(${JSON.stringify(type)}) did nothing, for it was given no function: ` +
          'queue.process(type, (job, done) => …)'
      )
      return this
    }
    if (typeof fn !== 'function') throw invalidArg('fn', fn, 'a function (job, done)')
    const count = n === undefined || n === null ? 1 : toNumber(n)
    if (!Number.isInteger(count) || count < 1 || count > MOST_SLOTS) {
      throw invalidArg('n', n, `a whole number from 1 to ${MOST_SLOTS}`)
    }
    if (this._closing) throw createError('ERR_STORE_UNAVAILABLE', 'the queue is closed')
    const slots = []
    for (let i = 0; i < count; i++) {
      const slot = this._slots.size + 1
      const worker = new Worker(this, type, slot, fn)
      this._slots.set(slot, worker)
      this.workers.push(worker)
      slots.push(slot)
      this._lane(type).wait(worker)
    }
    this._send(work(type, slots))
    return this
  }

  /**
   * Let the processors of a type take jobs again.
   * @param {string} type
   */
  _resume(type) {
    for (const worker of this._slots.values()) if (worker.type === type) worker.resume()
  }

  // ---- asking --------------------------------------------------------------------------------

  /**
   * How many jobs are in each state, and the ms spent on completed ones.
   * @returns {Promise<object>}
   */
  stats() {
    return this._promise('stats')
  }

  /** The types of all jobs that were ever created. @param {Function} [fn] */
  types(fn) {
    return this._answer('types', fn)
  }

  /** Ids of the jobs of a state. @param {string} state @param {Function} [fn] */
  state(state, fn) {
    return this._answer({ ids: stateOfType(state) }, fn, undefined, wrongStateOfType(state), [])
  }

  /** How many jobs are in a state. @param {string} state @param {Function} [fn] */
  card(state, fn) {
    return this._answer({ count: stateOfType(state) }, fn, undefined, wrongStateOfType(state), 0)
  }

  /** How many jobs of a type are in a state. @param {string} type @param {string} state @param {Function} [fn] */
  cardByType(type, state, fn) {
    // Of a variable that is not set, as in Kue: there are no jobs of a type without a name.
    if ((type ?? '') === '' && STATES.includes(state)) return this._answerWith(0, fn)
    const [wrong, name] = maybeTypeName(type)
    const call = { count: { type: name, state } }
    return this._answer(call, fn, undefined, wrong || wrongState(state), 0)
  }

  /**
   * Find jobs by words of their data: those that have every word of a text, in whatever form. Only
   * jobs are found that were saved with `disableSearch: false`.
   * @param {string} text
   * @param {(error: Error | null, ids?: number[]) => void} [fn]
   * @returns {any} without a callback, a promise of the ids: first those that have the words most
   *   often, among equals the newest
   */
  search(text, fn) {
    return answer(fn, (done) => findText((call, told) => this._ask(call, told), text, done))
  }

  /** The ms spent on completed jobs. @param {Function} [fn] */
  workTime(fn) {
    return this._answer('stats', fn, (stats) => stats.workTime)
  }

  /** A setting of the queue. @param {string} name @param {Function} [fn] */
  setting(name, fn) {
    return this._answer({ setting: toText(name, 'name') }, fn)
  }

  /**
   * Look now and then for jobs that wait where no worker finds them, which old Kue processes leave
   * when they die. A process with processors does so by itself, once a minute.
   * @param {any} [intervalMs] as in Kue, 1000 unless told; not more often than ten times a second
   */
  watchStuckJobs(intervalMs) {
    // It may come from a variable of the environment, as a text.
    const ms = Math.ceil(
      intervalMs === undefined || intervalMs === null ? WATCH_MS : toNumber(intervalMs)
    )
    if (!(ms >= 1 && ms <= LONGEST_WATCH_MS)) {
      throw invalidArg(
        'intervalMs',
        intervalMs,
        `a number of ms above 0 and not above ${LONGEST_WATCH_MS}`
      )
    }
    this._send(`{"watchStuck":${Math.max(ms, SHORTEST_WATCH_MS)}}`)
    return this
  }

  /**
   * Look over the whole store for what processes left behind that died in the midst of their steps,
   * and mend it. Small steps: others go on working meanwhile.
   * @param {{ dryRun?: boolean, wait?: number }} [options] dryRun: only tell; wait: ms that something
   *   must stay wrong, for an old process may be between two steps
   * @returns {Promise<{ dryRun: boolean, found: Record<string, number>, jobs: any[] }>}
   */
  async repair(options = {}) {
    if (options === null || typeof options !== 'object') {
      throw invalidArg('options', options, 'an object { dryRun, wait }')
    }
    const { dryRun = false, wait = REPAIR_WAIT_MS } = options
    if (typeof dryRun !== 'boolean') throw invalidArg('options.dryRun', dryRun, 'true or false')
    if (!Number.isInteger(wait) || wait < 0 || wait > LONGEST_WATCH_MS) {
      throw invalidArg('options.wait', wait, `a whole number of ms from 0 to ${LONGEST_WATCH_MS}`)
    }
    const { found, jobs } = await this._promise({ repair: { mend: !dryRun, wait } })
    return { dryRun, found, jobs: jobs.map((id) => (/^\d+$/.test(id) ? Number(id) : id)) }
  }

  /** Kue's deprecated call: promotion runs by itself. */
  promote() {
    return this
  }

  /** What Kue's `process` starts by itself, and rekue's as well. */
  setupTimers() {}

  /** One of Kue's timers. */
  checkJobPromotion() {}

  /** The other one. */
  checkActiveJobTtl() {}

  // ---- events --------------------------------------------------------------------------------

  on(event, listener) {
    if (typeof event === 'string' && event.startsWith('job')) this._tracker.listen()
    return super.on(event, listener)
  }

  addListener(event, listener) {
    return this.on(event, listener)
  }

  once(event, listener) {
    if (typeof event === 'string' && event.startsWith('job')) this._tracker.listen()
    return super.once(event, listener)
  }

  prependListener(event, listener) {
    if (typeof event === 'string' && event.startsWith('job')) this._tracker.listen()
    return super.prependListener(event, listener)
  }

  // ---- ending --------------------------------------------------------------------------------

  /**
   * Stop taking jobs, wait for those in hand, end all connections.
   * @param {number} [timeoutMs] after which jobs in hand fail with "Shutdown" (those with attempts
   *   left are tried again elsewhere); without it they get the time they need
   * @returns {Promise<void>}
   */
  close(timeoutMs) {
    if (timeoutMs !== undefined && !(Number.isFinite(timeoutMs) && timeoutMs >= 0)) {
      return Promise.reject(invalidArg('timeoutMs', timeoutMs, 'a number of ms'))
    }
    // For Kue's shutdown 0 is no time-out; here it is the shortest.
    this._closing ??= this._close(timeoutMs === 0 ? 1 : timeoutMs)
    return this._closing
  }

  /**
   * Kue's shutdown: of the queue, or of the processors of a type.
   * @param {any} [timeout] ms after which jobs in hand fail
   * @param {any} [type]
   * @param {any} [fn]
   */
  shutdown(timeout, type, fn) {
    if (typeof timeout === 'function') [fn, type, timeout] = [timeout, '', null]
    else if (typeof type === 'function') [fn, type] = [type, '']
    checkCallback(fn)
    const finished = fn || noop
    // Kue passes over a call that names neither a type nor a callback, and clients make it after each
    // save. Where there are jobs to be worked on, it is better taken at its word.
    if (type === undefined && fn === undefined && this._slots.size === 0) return this
    if (type) {
      const workers = [...this._slots.values()].filter((worker) => worker.type === type)
      const patience = this._patienceFrom(timeout)
      this._rest(workers, timeout).then(() =>
        this._wire.ask({ flush: patience() }, () => finished(null))
      )
      return this
    }
    if (this.shuttingDown) {
      finished(new Error('Shutdown already in progress'))
      return this
    }
    this._closing = this._close(timeout)
    this._closing.then(
      () => nextTick(finished, null),
      (error) => nextTick(finished, error)
    )
    return this
  }

  /** @param {any} timeout */
  async _close(timeout) {
    this.shuttingDown = true
    const patience = this._patienceFrom(timeout)
    await this._rest([...this._slots.values()], timeout)
    // Jobs may be on their way to workers that rest by now: they go back before all ends.
    const before = performance.now()
    const most = patience()
    await new Promise((resolve) => this._wire.ask({ flush: most }, resolve))
    const left = Math.max(0, most - (performance.now() - before))
    this._ends = true
    await new Promise((resolve) => this._wire.ask({ close: left }, resolve))
    this._wire.shut()
    leave(this._client, most)
    this._client = null
    clients.release(this._options)
    this._tracker.abandon(this._wire.broken)
    for (const worker of this._slots.values()) {
      const at = Queue.workers.indexOf(worker)
      if (at >= 0) Queue.workers.splice(at, 1)
    }
    this._slots.clear()
    this.workers = []
    this.removeAllListeners()
    if (Queue.singleton === this) Queue.singleton = null
    if (Job._queue === this) Job._queue = Queue.singleton
  }

  /**
   * How long to wait for the store once nothing is in hand: with a time-out for what is left of it, and
   * a moment more, in which a store that answers has taken the last outcomes.
   * @param {any} timeout ms
   * @returns {() => number} the ms from the moment in which it is called
   */
  _patienceFrom(timeout) {
    const most = this._wire.patience
    const began = performance.now()
    if (!(toNumber(timeout) > 0)) return () => most
    return () => Math.min(most, Math.max(LAST_WORDS_MS, timeout - (performance.now() - began)))
  }

  /**
   * @param {InstanceType<typeof Worker>[]} workers
   * @param {any} timeout
   */
  _rest(workers, timeout) {
    return Promise.all(
      workers.map((worker) => new Promise((resolve) => worker.shutdown(timeout, resolve)))
    )
  }

  // ---- inside --------------------------------------------------------------------------------

  /** @param {string} op */
  _send(op) {
    this._wire.send(op)
  }

  _ask(call, callback) {
    this._wire.ask(call, callback)
  }

  /** @param {string} type @returns {Lane} */
  _lane(type) {
    let lane = this._lanes.get(type)
    if (!lane) {
      lane = new Lane(this._wire)
      this._lanes.set(type, lane)
      this._wire.claims()
    }
    return lane
  }

  /**
   * A job was taken from its slot.
   * @param {string} id
   * @param {number} fence
   * @param {string} reason 'ttl' or 'lease'
   */
  _taken(id, fence, reason) {
    let inHand = false
    for (const worker of this._slots.values()) inHand = worker.taken(id, fence, reason) || inHand
    if (reason === 'ttl') {
      if (inHand) return
      if (this._overdue.size >= MOST_OVERDUE) this._overdue.clear()
      this._overdue.add(`${fence} ${id}`)
    } else if (!this._overdue.delete(`${fence} ${id}`)) {
      this._tracker.look(id)
      this._complain(
        createError(
          'ERR_LEASE_LOST',
          `job "${id}" was taken from this worker: this process gave no sign of life in time, or somebody moved or removed the job`,
          { id }
        )
      )
    }
  }

  /**
   * Tell of an error that no callback waits for. Without a listener it is a warning, once of a
   * kind: an `error` event nobody listens to would end the process.
   * @param {any} error
   */
  _complain(error) {
    if (this.listenerCount('error') > 0) return void guard(() => this.emit('error', error))
    const key = `${error.code} ${String(error.message).slice(0, 80)}`
    if (this._warned.has(key) || this._warned.size > 100) return
    this._warned.add(key)
    process.emitWarning(`${error.message} (listen to the queue's 'error' event to handle this)`, {
      type: 'RekueWarning',
      code: error.code
    })
  }

  /** @param {string} type */
  _typeJson(type) {
    let json = this._typeJsons.get(type)
    if (json === undefined) this._typeJsons.set(type, (json = encoding.quote(type)))
    return json
  }

  _promise(call) {
    return new Promise((resolve, reject) => {
      this._ask(call, (error, value) => (error ? reject(error) : resolve(value)))
    })
  }

  /**
   * Kue's way to answer: to a callback, with the queue returned.
   * @param {any} call
   * @param {Function} [fn]
   * @param {(value: any) => any} [pick]
   * @param {Error | null} [wrong] what is wrong with the call; then it is not made
   * @param {any} [none] what Kue answers then, for programs that do not look whether there is an error
   */
  _answer(call, fn, pick = (value) => value, wrong, none) {
    if (wrong) {
      warnOfState(wrong)
      return this._answerWith(none, fn, wrong)
    }
    checkCallback(fn, 'a function (err, value)')
    const done = fn || noop
    this._ask(call, (error, value) => (error ? done(error) : done(null, pick(value))))
    return this
  }

  /**
   * The same where the store need not be asked.
   * @param {any} value
   * @param {Function} [fn]
   * @param {Error | null} [error]
   */
  _answerWith(value, fn, error = null) {
    checkCallback(fn, 'a function (err, value)')
    if (fn) nextTick(fn, error, value)
    return this
  }
}

// Kue names a method after each state, and a count beside it.
for (const state of STATES) {
  Queue.prototype[state] = function (fn) {
    return this.state(state, fn)
  }
  Queue.prototype[`${state}Count`] = function (type, fn) {
    const all = typeof type === 'function' || (type === undefined && arguments.length < 2)
    // As in Kue, a type that is given and undefined is not all types.
    if (all) return this.card(state, type)
    return this.cardByType(type, state, fn)
  }
}

for (const Class of [Queue, Job, Worker]) showMethods(Class)

/** @type {Queue | null} */
Queue.singleton = null
/** Whether there ever was a queue in this process. */
Queue.opened = false
/** @type {InstanceType<typeof Worker>[]} */
Queue.workers = []

/**
 * The queue of this process, made on the first call, and on the first one after a shutdown began.
 * @param {object} [options] used where it is made, as in Kue
 * @returns {Queue}
 */
Queue.createQueue = function createQueue(options) {
  // One that is about to end is nobody's to work with any more.
  if (!Queue.singleton || Queue.singleton.shuttingDown) Queue.singleton = new Queue(options)
  return Queue.singleton
}

/**
 * As in Kue, jobs can be read and removed after a shutdown too: by a queue that ends once nobody has asked
 * it for a while.
 * @returns {Queue | null} null where there never was a queue
 */
Job._reopen = () => {
  if (!Queue.opened) return null
  const queue = new Queue(lastOptions)
  stray = queue
  const timer = setTimeout(() => queue.close().catch(noop), STRAY_MS)
  const { _ask: ask } = queue
  queue._ask = (call, callback) => {
    timer.refresh()
    ask.call(queue, call, callback)
  }
  return queue
}

/**
 * The queue that a job is for. In Kue it is none in particular: programs take `create` off the queue
 * and hand it on by itself, or as a method of an object of their own.
 * @param {any} self whose method was called
 * @returns {Queue}
 */
function ownQueue(self) {
  if (self instanceof Queue) return self
  if (Job._queue) return Job._queue
  throw createError(
    'ERR_INVALID_ARG',
    'there is no queue to create the job for: call createQueue() first',
    { argument: 'queue' }
  )
}

/**
 * Quit a client, and where its server does not answer, end it.
 * @param {any} client
 * @param {number} patienceMs
 */
function leave(client, patienceMs) {
  if (typeof client?.quit !== 'function') return
  const timer = setTimeout(() => client.end?.(true), patienceMs)
  timer.unref()
  client.quit(() => clearTimeout(timer))
}

/**
 * Have a loop over an object find its methods, as over Kue's: programs bind or wrap all of them.
 * @param {Function} Class
 */
function showMethods(Class) {
  for (const [name, property] of Object.entries(
    Object.getOwnPropertyDescriptors(Class.prototype)
  )) {
    const isPublic = name !== 'constructor' && !name.startsWith('_')
    if (!isPublic || typeof property.value !== 'function') continue
    Object.defineProperty(Class.prototype, name, { ...property, enumerable: true })
  }
}

module.exports = Queue
