'use strict'

/**
 * Jobs that somebody follows: one subscription and one clock for each of them, however many
 * connections there are. It ends with its job, or when nobody follows it any more.
 */

/** How often to look for what no event told: one may be lost, and a proxy ends what is silent. */
const LOOK_MS = 2000

/** The events after which nothing more comes. */
const LAST = ['complete', 'failed', 'remove']

/** @typedef {import('rekue').Job} Job */

/** @param {Job} job @returns {boolean} whether nothing more will come of it */
function isOver(job) {
  return ['complete', 'failed'].includes(job.toJSON().state)
}

/**
 * @typedef {object} Follower
 * @property {(job: Job, percent: number) => void} progress
 * @property {(job: Job) => void} state told in any case every two seconds, with the job read anew
 * @property {() => void} lost the job cannot be read any more
 */

/**
 * @typedef {object} Watched
 * @property {Job} job as it was when it was first followed
 * @property {Set<Follower>} followers
 * @property {NodeJS.Timeout} clock
 * @property {() => void} end of it all
 */

class JobWatch {
  #read
  /** @type {Map<number, Watched>} */
  #watched = new Map()

  /** @param {(id: number) => Promise<Job>} read */
  constructor(read) {
    this.#read = read
  }

  /** How many jobs it is subscribed to. */
  get size() {
    return this.#watched.size
  }

  /**
   * Hear of a job that has not ended. Its state is told as soon as it is read, so that nothing is
   * missed that happened before.
   * @param {Job} job
   * @param {Follower} follower
   * @returns {() => void} to hear no more
   */
  follow(job, follower) {
    const watched = this.#watched.get(Number(job.id)) ?? this.#subscribe(job)
    const { followers } = watched
    followers.add(follower)
    this.#look(watched, [follower])
    return () => {
      followers.delete(follower)
      if (followers.size === 0) watched.end()
    }
  }

  /** @param {Job} job */
  #subscribe(job) {
    const id = Number(job.id)
    const followers = new Set()
    const progress = (/** @type {number} */ percent) => {
      for (const follower of followers) follower.progress(job, percent)
    }
    const over = () => {
      watched.end()
      this.#look(watched, followers)
    }
    /** @type {Watched} */
    const watched = {
      job,
      followers,
      clock: setInterval(() => this.#look(watched, followers), LOOK_MS),
      end: () => {
        clearInterval(watched.clock)
        job.off('progress', progress)
        for (const event of LAST) job.off(event, over)
        if (this.#watched.get(id) === watched) this.#watched.delete(id)
      }
    }
    job.on('progress', progress)
    for (const event of LAST) job.on(event, over)
    this.#watched.set(id, watched)
    return watched
  }

  /**
   * @param {Watched} watched
   * @param {Iterable<Follower>} followers who want to know
   */
  async #look(watched, followers) {
    const { job } = watched
    try {
      const now = await this.#read(Number(job.id))
      // Its last event may have been before the subscription.
      if (isOver(now)) watched.end()
      for (const follower of followers) follower.state(now)
    } catch (error) {
      const { code } = /** @type {any} */ (error)
      if (code === 'ERR_JOB_NOT_FOUND') watched.end()
      for (const follower of followers) follower.lost()
    }
  }
}

module.exports = { JobWatch, isOver }
