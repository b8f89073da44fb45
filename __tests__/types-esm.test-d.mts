/** The public types as an ES module sees them; see types.test-d.ts. */

import * as all from 'rekue'
import rekue, { createQueue, Job, version } from 'rekue'
import type { ErrorCode, JobOptions, QueueOptions } from 'rekue'

const options: QueueOptions = { prefix: 'q' }
const queue: rekue = createQueue(options)
const jobOptions: JobOptions = { attempts: 3 }
const job: Job<{ to: string }> = await queue.add('email', { to: 'kim@example.com' }, jobOptions)
const found: Job = await Job.get(job.id)
const code: ErrorCode = 'ERR_JOB_NOT_FOUND'
void [found, code, version.length, rekue.Job.priorities.high, new rekue(options)]

// @ts-expect-error -- no such export
import { createJob } from 'rekue'
void [createJob, all.createQueue(), all.Job.priorities.high, new all.default()]
