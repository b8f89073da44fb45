/**
 * What a program that was written for `@types/kue` says, and how: it must go on compiling when its
 * import alone is changed. Those types take any function as a callback and any text as a state, an
 * order or a priority, and know the fields of a job as always there. See types.test-d.ts.
 */

import { EventEmitter } from 'node:events'
import * as kue from '..'
import type { DoneCallback, Job, JobCallback, ProcessCallback, Queue, WorkerCtx } from '..'

/** Compiles when the type of `value` is T exactly. */
type Exactly<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function same<T, U>(...ok: Exactly<T, U> extends true ? [] : ['not the same type']): void

const queue: Queue = kue.createQueue({ prefix: 'shop', redis: { host: 'cache', port: 6379 } })
const job: Job = queue.create('invoice', { order: 17 })

// ---- callbacks that say what they take ----

job.save((err: Error) => {
  if (err) throw err
})
job.save((err?: Error) => void err)
job.save(async (err: Error | undefined) => void err)
job.save((err: Error, surplus: number) => void [err, surplus])
job.update((err: Error) => void err).remove((err?: Error) => void err)
job.set('note', 'paid', (err: Error) => void err)
job.get('note', (err: any, value: string) => void [err, value])
job.state('inactive', (err: Error) => void err).failed((err: Error) => void err)
job.attempt((err: Error, remaining: number) => void [err, remaining])
void new Promise<void>((resolve, reject) => {
  job.save((err: Error) => (err ? reject(err) : resolve()))
})
queue.inactiveCount((err: Error, count: number) => void [err, count])
queue.failedCount('invoice', (err: Error, count: number) => void [err, count])
queue.active((err: Error, ids: number[]) => void [err, ids])
queue.types((err: Error, types: string[]) => void [err, types])
queue.setting('title', (err: any, value: string) => void [err, value])
queue.shutdown(5000, (err: Error) => void err)
queue.shutdown(5000, 'invoice', (err?: Error) => void err)
kue.Job.get(17, (err: any, found: Job) => void [err, found.data.order])
kue.Job.get(17, 'invoice', (err: Error, found?: Job) => void [err, found])
kue.Job.log(17, (err: Error, lines: string[]) => void [err, lines])
kue.Job.remove(17, (err: Error) => void err)
kue.Job.range(0, 9, 'asc', (err: Error, jobs: Job[]) => void [err, jobs])
kue.Job.rangeByState('failed', 0, 9, 'asc', (err: Error, jobs: kue.Job[]) => void [err, jobs])
kue.Job.rangeByType('invoice', 'failed', 0, 9, 'asc', (err: Error, jobs: Job[]) => {
  for (const each of jobs) each.inactive()
  return err
})

// ---- callbacks that are functions, and no more is known ----

declare const anything: Function
job.save(anything).update(anything).remove(anything).subscribe(anything)
job.get('note', anything).set('note', 'paid', anything).state('failed', anything)
job.attempt(anything).reattempt(1, anything).on('complete', anything)
queue.inactiveCount('invoice', anything).active(anything).card('failed', anything)
queue.cardByType('invoice', 'failed', anything).shutdown(5000, anything)
queue.shutdown(5000, 'invoice', anything)
kue.Job.range(0, 9, 'asc', anything)
queue.workers[0].shutdown(1000, anything)

// ---- names in variables ----

declare const state: string, order: string, priority: string
queue.card(state, anything).state(state, anything).cardByType('invoice', state, anything)
job.state(state).state(state, anything).priority(priority)
kue.Job.rangeByState(state, 0, 9, order, anything)
kue.Job.rangeByType('invoice', state, 0, 9, order, anything)
void kue.Job.range(0, 9, order).then((jobs) => jobs.length)

const backoff = { delay: 60_000, type: 'fixed' }
declare const anyBackoff: any
job.backoff(backoff).backoff(anyBackoff).ttl('1000').removeOnComplete('true')

// ---- fields ----

const created: string | number = job.created_at
const times: (string | number)[] = [
  job.promote_at,
  job.updated_at,
  job.failed_at,
  job.started_at,
  +job.created_at
]
void [created, times, new Date(+job.created_at), job.workerId.length, job.result, job.data.order]
queue.client.quit()
queue.client.get('key', (err: any, value: any) => void [err, value])
job.client.del('key')

// ---- listeners ----

job
  .on('failed', (err: Error) => void err)
  .on('failed', (message: string) => void message)
  .on('progress', (percent: string) => void percent)
  .on('failed attempt', (err: any, attempts: string) => void [err, attempts])
  .once('complete', (result: { total: number }) => void result.total)
queue
  .on('job complete', (id: string) => void id)
  .on('error', (err: Error) => void err)
  .on('ready', () => {})
const emitters: EventEmitter[] = [queue, job]
void emitters

// ---- processors ----

const invoice: ProcessCallback = (received: Job, done: DoneCallback) => done(null, received.id)
const paused: ProcessCallback = (received: Job, ctx: WorkerCtx, done: DoneCallback) => {
  ctx.pause(1000, (err: Error) => done(err, received.id))
}
queue.process('invoice', invoice)
queue.process('invoice', 5, paused)
queue.process('invoice', (received: Job, done: Function) => done(null, received.id))
const read: JobCallback = (err?: any, found?: Job) => void [err, found]
kue.Job.get(17, read)

// ---- the rest ----

queue.checkJobPromotion(1000)
queue.checkActiveJobTtl({})
class Reminder extends kue.Job {
  constructor() {
    super('reminder', {})
  }
}
new Reminder().save()

// ---- and still: what is written in place has the types of what it will get ----

job.save((error) => same<typeof error, Error | null>())
job.on('failed', (message) => same<typeof message, string>())
job.on('failed attempt', (message, attempts) => same<typeof attempts, number>())
queue.card(state, (error, count) => same<typeof count, number>())
queue.on('job complete', (id) => same<typeof id, number>())
kue.Job.rangeByType('invoice', state, 0, 9, order, (error, jobs) => {
  same<typeof jobs, kue.Job<any, any>[]>()
})
const listed: Promise<Job[]> = kue.Job.rangeByType('invoice', 'failed', 0, 9, 'asc')
const got: Promise<Job> = kue.Job.get(17)
const removed: Promise<void> = kue.Job.remove(17)
const log: Promise<string[]> = kue.Job.log(17)
void [listed, got, removed, log]
