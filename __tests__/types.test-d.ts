/**
 * Uses of the public types. tsc checks that each compiles, and that what stands behind
 * `@ts-expect-error` does not; nothing here runs.
 */

import Queue = require('..')

const queue: Queue = Queue.createQueue({ redis: 'redis://127.0.0.1:6379', prefix: 'q' })
const job = queue.create('email', { to: 'a@example.com' })
const to: string = job.data.to
job.save((error: Error | null) => void error)
const added: Promise<Queue.Job<{ to: string }>> = queue.add('email', { to }, { priority: 'high' })

// @ts-expect-error -- a type is a string
queue.create(1)
// @ts-expect-error -- no such option
Queue.createQueue({ prefx: 'q' })
// @ts-expect-error -- no such priority
void queue.add('email', { to }, { priority: 'highest' })

void added
