'use strict'

/**
 * The implementations, in the order of the table. Each file exports an `Adapter`; it requires its
 * package only when a queue is made, because the parent process reads the adapters too.
 *
 * @typedef {object} Connection
 * @property {string} url of the private Redis, or of the embedded store
 * @property {number} port of the same
 * @property {string} queue name of the queue (the job type in Kue and rekue)
 * @property {number} [types] so many types in place of one, for scaling.js alone
 *
 * @typedef {object} Creator
 * @property {(data: object, acknowledged: (err: Error | null, job?: object) => void) => void} save
 *   Add one job; calls back once, when the library's own acknowledgement of that job arrives.
 * @property {(list: object[]) => Promise<unknown>} [saveBulk]
 *   Add many in the library's own bulk call, where it has one.
 *
 * @typedef {object} Worker
 * @property {() => void} start begin to process
 *
 * @typedef {object} Adapter
 * @property {string} package name on npm
 * @property {boolean} bulk whether there is a bulk call
 * @property {boolean} [slow] it gets fewer jobs, where a row says so
 * @property {boolean} [embedded] it keeps its jobs in a file of its own instead of Redis
 * @property {(queue: string) => string[]} waiting command that counts the waiting jobs
 * @property {(queue: string) => string[]} completed command that counts the recorded completions
 * @property {(c: Connection) => Promise<Creator>} creator resolves when connected
 * @property {(c: Connection & { concurrency: number, handle: (data: any) => void }) =>
 *   Promise<Worker>} worker resolves when connected, before any job is taken
 */
const NAMES = ['rekue', 'rekue-sqlite', 'kue', 'bull', 'bullmq', 'bee-queue']

/** @param {string} name @returns {Adapter} */
const load = (name) => require(`./${name}`)

module.exports = { NAMES, load }
