/**
 * Uses of the public types. tsc checks that each compiles, and that what stands behind
 * `@ts-expect-error` does not; nothing here runs.
 */

import http = require('node:http')
import Queue = require('..')
// Where programs for Kue look for its parts.
import httpFile = require('rekue/lib/http')
import indexFile = require('rekue/index')
import kueFile = require('rekue/lib/kue')
import redisFile = require('rekue/lib/redis')
import testModeFile = require('rekue/lib/queue/test_mode')

/** Compiles when the type of `value` is T exactly. */
type Exactly<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function same<T, U>(...ok: Exactly<T, U> extends true ? [] : ['not the same type']): void

interface Mail {
  to: string
  subject?: string
}

// ---- the way in ----

const queue: Queue = Queue.createQueue()
new Queue()
new Queue(null)
same<typeof Queue.version, string>()
same<typeof Queue.workers, Queue.Worker[]>()
new Queue.Job('email', { to: 'kim@example.com' }).save()

// ---- options ----

Queue.createQueue({
  store: 'rediss://user:password@db.example.com:6380/2',
  prefix: 'mail',
  hashTag: true,
  name: 'mailer',
  jobEvents: false,
  disableSearch: true,
  promotion: { interval: 500, limit: 100 },
  lease: { duration: 10_000, maxLost: 5, hungAfter: 60_000 },
  connectTimeout: 2000,
  commandTimeout: 5000
})
Queue.createQueue({ redis: 'redis://127.0.0.1:6379?db=3' })
Queue.createQueue({ redis: { host: 'db', port: process.env.REDIS_PORT ?? 6379, auth: 's', db: 3 } })
Queue.createQueue({ redis: { socket: '/run/redis.sock', options: { password: 's' }, tls: {} } })
declare const redisClient: import('../types/redis').RedisClient
Queue.createQueue({ redis: redisClient })
Queue.createQueue({ redis: { host: 'db', tls: true, options: { tls: { ca: 'PEM' } } } })
Queue.createQueue({
  store: 'rediss://db.example.com',
  tls: {
    ca: ['PEM', Buffer.from('PEM')],
    cert: 'PEM',
    key: Buffer.from('PEM'),
    servername: 'db',
    rejectUnauthorized: true
  }
})
// @ts-expect-error -- a number
Queue.createQueue({ store: 'rediss://db.example.com', tls: 5 })
// @ts-expect-error -- no such option
Queue.createQueue({ prefx: 'q' })
// @ts-expect-error -- a URL is a string
Queue.createQueue({ store: new URL('redis://127.0.0.1') })
// @ts-expect-error -- a flag is no text
Queue.createQueue({ hashTag: 'yes' })
// @ts-expect-error -- a lease is an object
Queue.createQueue({ lease: 30_000 })
// @ts-expect-error -- no such part of a lease
Queue.createQueue({ lease: { durationMs: 1 } })
// @ts-expect-error -- the connection is made in Rust
Queue.createQueue({ redis: { createClientFactory: () => ({}) } })

// ---- creating ----

const job = queue.create('email', { to: 'kim@example.com' })
same<typeof job, Queue.Job<{ to: string }, any>>()
same<typeof job.data.to, string>()
queue.create('tick')
queue.createJob<Mail, number>('email', { to: 'kim@example.com' })
// @ts-expect-error -- a type is a string
queue.create(1)
// @ts-expect-error -- data is an object
queue.create('email', 'kim@example.com')
// @ts-expect-error -- not this data
queue.create<Mail>('email', { subject: 'Hello' })

const chained: Queue.Job<{ to: string }> = job
  .priority('high')
  .priority(-3)
  .attempts(5)
  .backoff(true)
  .backoff({ type: 'fixed', delay: 1000 })
  .backoff({ type: 'exponential', maxDelay: 60_000 })
  .backoff(function (attempts, delay) {
    same<typeof this.data.to, string>()
    return attempts * delay
  })
  .delay(1000)
  .delay(new Date())
  .ttl(5000)
  .removeOnComplete(true)
  .searchKeys('to')
  .searchKeys(['to'])
  .events(false)
  .save()
  .save((error) => same<typeof error, Error | null>())
  .save((error?: Error | null) => void error)
  .update((error) => void error?.message)
  .remove((error) => void error)
  .set('note', 'text')
  .set('note', 1, (error) => void error)
  .get('note', (error, value) => {
    same<typeof error, Error | null>()
    same<typeof value, string | null>()
  })
  .progress(1, 10)
  .progress(1, 10, { step: 'read' })
  .log('%d of %d', 1, 10)
  .log({ any: 'thing' })
  .state('inactive', (error) => void error)
  .complete()
  .failed((error) => void error)
  .inactive()
  .active()
  .delayed()
  .error(new Error('no'))
  .subscribe(() => {})
void chained
// @ts-expect-error -- no priority
job.priority(true)
// @ts-expect-error -- no function
job.save('now')
// @ts-expect-error -- no function
job.on('failed', 'log')
// @ts-expect-error -- a backoff function answers ms
job.backoff(() => 'soon')
// @ts-expect-error -- ms or a Date
job.delay('1s')
// @ts-expect-error -- progress has a total
job.progress(50)
// @ts-expect-error -- a value to store
job.set('note')

same<ReturnType<typeof job.toJSON>, Queue.JobJSON<{ to: string }, any>>()
same<typeof job.id, number>()
same<typeof job.signal, AbortSignal>()
const priority: number = job.priority()
const state: Queue.JobState | undefined = job.state()
const progress: number | string | undefined = job.progress()
const delay: number | string | undefined = job.delay()
const ttl: number | string | undefined = job.ttl()
const backoff: Queue.Backoff<{ to: string }> | undefined = job.backoff()
const removes: boolean | string | undefined = job.removeOnComplete()
const keys: string[] | undefined = job.searchKeys()
const failure: string | undefined = job.error()
void [priority, state, progress, delay, ttl, backoff, removes, keys, failure]
void [job.created_at, job.promote_at, job.updated_at, job.failed_at, job.started_at, job.duration]
void [job.workerId, job.result, job.progress_data, job.type]

const added: Promise<Queue.Job<{ to: string }>> = queue.add(
  'email',
  { to: 'kim@example.com' },
  {
    priority: 'high',
    attempts: 3,
    backoff: { type: 'exponential', delay: 500, maxDelay: 60_000 },
    delay: new Date(),
    ttl: 1000,
    removeOnComplete: true,
    searchKeys: ['to']
  }
)
void added
void queue.add('tick')
void queue.add('tick', null, { backoff: (attempts) => attempts * 1000 })
const outcome: Promise<number> = queue
  .add<Mail, number>('email', { to: 'kim@example.com' })
  .then((done) => done.finished())
void outcome
// @ts-expect-error -- no such priority
void queue.add('email', {}, { priority: 'highest' })
// @ts-expect-error -- no such option
void queue.add('email', {}, { atempts: 3 })
// @ts-expect-error -- attempts is a number
void queue.add('email', {}, { attempts: '3' })

const bulk: Promise<Queue.Job<Mail>[]> = queue.addBulk<Mail>([
  { type: 'email', data: { to: 'kim@example.com' } },
  { type: 'email', data: { to: 'lee@example.com' }, options: { delay: 1000 } }
])
void bulk
void queue.addBulk([{ type: 'tick' }])
// @ts-expect-error -- each job has a type
void queue.addBulk([{ data: {} }])
// @ts-expect-error -- an array
void queue.addBulk({ type: 'tick' })

queue.backoff('slow', (attempts, ms) => attempts * ms)
// @ts-expect-error -- a function
queue.backoff('slow', 1000)

// ---- processing ----

queue
  .process('email', (received) => same<typeof received, Queue.Job<any, any>>())
  .process('email', 5, () => {})
  .process<Mail, number>('email', async (received) => received.data.to.length)
  .process<Mail, number>('email', 10, async (received) => received.data.to.length)
  .process('email', (received, done) => {
    received.log('%s', received.data.anything)
    done()
    done(new Error('no'))
    done(null, { any: 'result' })
  })
  .process<Mail, number>('email', 10, (received, done) => done(null, received.data.to.length))
  .process('email', (received, ctx, done) => {
    ctx.pause()
    ctx.pause(1000)
    ctx.pause(() => ctx.resume())
    ctx.pause(1000, () => ctx.resume())
    ctx.shutdown(null, () => {})
    ctx.shutdown(() => {})
    received.signal.addEventListener('abort', () => done(received.signal.reason))
  })
  .process<Mail>('email', 10, async (received, _ctx, done) => done(null, received.data.to))
const plain = (received: Queue.Job<Mail>, done: Queue.DoneCallback) => done(null, received.data.to)
const full = (received: Queue.Job, ctx: Queue.WorkerContext, done: Queue.DoneCallback) => {
  ctx.pause(() => done())
}
const processor: Queue.Processor<Mail, string> = async (received) => received.data.to
queue.process('email', plain).process('email', 2, full).process('email', processor)
// @ts-expect-error -- a function is missing
queue.process('email', 5)
// @ts-expect-error -- a number of slots
queue.process('email', 'five', () => {})
// @ts-expect-error -- the result is a number
queue.process<Mail, number>('email', async (received) => received.data.to)
// @ts-expect-error -- the result is a number
queue.process<Mail, number>('email', (received, done) => done(null, received.data.to))
// @ts-expect-error -- no such member of the data
queue.process<Mail, void>('email', async (received) => void received.data.too)
// @ts-expect-error -- more parameters than there are
queue.process('email', (a, b, c, d) => {})

for (const worker of queue.workers) {
  const info: [string, string, number, boolean, Queue] = [
    worker.id,
    worker.type,
    worker.slot,
    worker.running,
    worker.queue
  ]
  worker.on('job complete', (finished) => void finished.id).once('idle', () => {})
  worker.on('job start', () => {}).on('job failed', () => {})
  worker.on('job failed attempt', () => {}).on('job lost', () => {})
  if (!worker.running) worker.resume()
  worker.shutdown(1000, () => void info)
  worker.shutdown(() => void worker.job?.id)
}

// ---- asking ----

queue
  .types((error, types) => same<typeof types, string[]>())
  .state('failed', (error, ids) => same<typeof ids, number[]>())
  .card('failed', (error, count) => same<typeof count, number>())
  .cardByType('email', 'failed', (error, count) => same<typeof count, number>())
  .inactive((error, ids) => same<typeof ids, number[]>())
  .active()
  .complete()
  .failed()
  .delayed()
  .inactiveCount((error, count) => same<typeof count, number>())
  .inactiveCount('email', (error, count) => same<typeof count, number>())
  .activeCount('email')
  .completeCount('email')
  .failedCount('email')
  .delayedCount('email')
  .workTime((error, ms) => same<typeof ms, number>())
  .setting('name', (error, value) => same<typeof value, string | null>())
  .watchStuckJobs(1000)
  .promote(1000, 10)
void queue.stats().then((stats) => stats.inactive + stats.workTime)
void queue.repair().then(({ found, jobs }) => [found.unlisted, jobs.length])
void queue.repair({ dryRun: true, wait: 0 })
// @ts-expect-error -- no such option
void queue.repair({ dry: true })
void [queue.name, queue.id, queue.prefix, queue.shuttingDown, queue.promoter]
// @ts-expect-error -- read-only
queue.prefix = 'other'
// @ts-expect-error -- no such number
void queue.stats().then((stats) => stats.waiting)

void Queue.Job.get(1).then((found) => found.data)
void Queue.Job.get<Mail, number>('1', 'email').then((found) => found.data.to)
Queue.Job.get(1, (error, found) => void found.id)
Queue.Job.get<Mail>(1, 'email', (error, found) => void found.data.to)
void Queue.Job.remove(1)
Queue.Job.remove(1, (error) => void error)
Queue.Job.removeBadJob(1, 'email')
void Queue.Job.log(1).then((lines) => lines.join('\n'))
Queue.Job.log(1, (error, lines) => void lines.length)
void Queue.Job.range(0, -1)
Queue.Job.range(0, 9, (error, jobs) => void jobs.length)
Queue.Job.range(0, 9, 'desc', (error, jobs) => void jobs.length)
void Queue.Job.rangeByState('failed', 0, -1, 'asc').then((jobs) => jobs[0].error())
Queue.Job.rangeByState('failed', 0, -1, (error, jobs) => void jobs)
Queue.Job.rangeByState('failed', 0, -1, 'asc', (error, jobs) => void jobs)
void Queue.Job.rangeByType('email', 'failed', 0, -1)
Queue.Job.rangeByType('email', 'failed', 0, -1, (error, jobs) => void jobs)
Queue.Job.rangeByType('email', 'failed', 0, -1, 'desc', (error, jobs) => void jobs)
const high: -10 = Queue.Job.priorities.high
void high
Queue.Job.jobEvents = false
Queue.Job.disableSearch = true

// ---- listening ----

job
  .on('enqueue', (type) => same<typeof type, string>())
  .on('start', (type) => same<typeof type, string>())
  .on('promotion', () => {})
  .on('progress', (percent, data) => void [percent.toFixed(), data])
  .once('complete', (result) => void result)
  .addListener('failed', (message) => same<typeof message, string>())
  .prependListener('failed attempt', (message, attempts) => same<typeof attempts, number>())
  .on('remove', (type) => same<typeof type, string>())
  .on('error', (error) => same<typeof error, string>())
  .on('something of my own', (anything) => same<typeof anything, any>())
  .off('remove', () => {})
  .removeListener('remove', () => {})
queue.create<Mail, number>('email').on('complete', (result) => same<typeof result, number>())

queue
  .on('job enqueue', (id, type) => void [id.toFixed(), type])
  .on('job start', (id, type) => void [id, type])
  .on('job promotion', (id) => same<typeof id, number>())
  .once('job progress', (id, percent, data) => void [id, percent, data])
  .addListener('job failed attempt', (id, message, attempts) => void [id, message, attempts])
  .prependListener('job failed', (id, message) => same<typeof message, string>())
  .on('job complete', (id, result) => void [id, result])
  .on('job remove', (id, type) => void [id, type])
  .on('job error', (id, error) => same<typeof error, string>())
  .on('error', (error) => same<typeof error.code, Queue.ErrorCode>())
  .off('error', () => {})
  .removeListener('error', () => {})

// ---- test mode ----

queue.testMode.enter()
queue.testMode.enter(true)
same<typeof queue.testMode.jobs, Queue.Job<any, any>[]>()
queue.testMode.jobs[0].emit('complete', 'result')
queue.testMode.clear()
queue.testMode.exit()
// @ts-expect-error -- a flag
queue.testMode.enter('yes')

// ---- what programs for @types/kue name ----

const theirs: Queue.Queue = Queue.createQueue()
const callback: Queue.ProcessCallback = (job, done) => done(null, job.id)
const read: Queue.JobCallback = (_error, job) => void job?.log('read')
theirs.process('kue', callback)
Queue.Job.get(1, read)
theirs.process('kue', (_job, ctx, done) => {
  ctx.pause((error?: Error | null) => done(error))
})
void Queue.Job.client.getKey('ids')
void theirs.create('kue', {}).client.prefix

// ---- errors ----

function wayOut(error: Queue.RekueError): string {
  switch (error.code) {
    case 'ERR_NATIVE_NOT_BUILT':
    case 'ERR_INVALID_ARG':
    case 'ERR_JOB_DATA':
    case 'ERR_UNKNOWN_BACKOFF':
    case 'ERR_INTERNAL':
      return `mend ${error.argument ?? error.id ?? error.message}`
    case 'ERR_STORE_UNAVAILABLE':
    case 'ERR_STORE_FULL':
      return 'try again later'
    case 'ERR_JOB_NOT_FOUND':
    case 'ERR_JOB_FAILED':
    case 'ERR_LEASE_LOST':
    case 'ERR_ABORTED':
      return 'that job is over'
    case 'ERR_UNSUPPORTED_LOCALE':
    case 'ERR_INVALID_TIMEZONE':
    case 'ERR_FTL':
      return 'mend the catalogs, or ask for what there is'
    case 'ERR_CSV':
    case 'ERR_DATASET_CLOSED':
      return 'read the file anew'
    case 'ERR_INVALID_PAGE':
    case 'ERR_INDEX_OUT_OF_RANGE':
    case 'ERR_INVALID_CURSOR':
    case 'ERR_STALE_CURSOR':
      return 'begin at the first page'
    // @ts-expect-error -- no such code
    case 'ERR_NO_SUCH_CODE':
      return ''
  }
}
void wayOut

// ---- search ----

Queue.createQueue({ disableSearch: false })
void queue.search('avi video').then((ids) => ids.map((id) => id.toFixed()))
void Queue.Job.search('avi', (error, ids) => void [error, ids?.length])
// @ts-expect-error -- a text
void queue.search(7)

// ---- the web application ----

Queue.app.listen(3000)
Queue.app.listen(3000, '127.0.0.1', () => {}).close()
Queue.app.set('title', 'My Application').set('body limit', 1_000_000)
Queue.app.set('authorize', async (req) => req.user === 'kim' || { challenge: 'Basic' })
http.createServer(Queue.app)
// @ts-expect-error -- a port
Queue.app.listen(true)

// ---- ending ----

void queue.close().then(() => {})
void queue.close(5000)
queue.shutdown()
queue.shutdown(5000)
queue.shutdown((error) => void error)
queue.shutdown(5000, (error) => void error)
queue.shutdown(5000, 'email', (error) => void error)
queue.shutdown(null, null, (error) => void error)
// @ts-expect-error -- ms
void queue.close('5s')

// ---- Kue's files ----

kueFile.createQueue()
indexFile.createQueue()
redisFile.client().getKey('jobs')
httpFile.listen(3000)
testModeFile.enter(true)
