/* exported api */
'use strict'

/** What the page asks the JSON API beside it. */
const api = (() => {
  const PAGE = 20
  /** Characters of each part of a job that come with its row: rows come every two seconds. */
  const BRIEF = 2000
  const TIMEOUT_MS = 10_000
  const encode = encodeURIComponent

  /** Nothing came back, or nothing that makes sense: nobody knows what the server did. */
  class NoAnswer extends Error {}

  /**
   * Errors of Kue's kind, `{ error }`, are errors here. A job may have a field of that name, too.
   * @param {string} path
   * @param {{ method?: string, signal?: AbortSignal }} [options]
   */
  async function ask(path, { method = 'GET', signal } = {}) {
    const limit = AbortSignal.timeout(TIMEOUT_MS)
    let response, text
    try {
      response = await fetch(path, {
        method,
        headers: { Accept: 'application/json' },
        signal: signal ? AbortSignal.any([signal, limit]) : limit
      })
      text = await response.text()
    } catch {
      throw new NoAnswer(
        limit.aborted
          ? `the server has not answered within ${TIMEOUT_MS / 1000} s`
          : 'the server cannot be reached'
      )
    }
    let body
    try {
      body = JSON.parse(text)
    } catch {
      // A proxy's page, for instance, about a server that is gone or a session that is over.
      throw new NoAnswer(`something else than the queue has answered (status ${response.status})`)
    }
    if (body !== null && typeof body === 'object' && 'error' in body && !('id' in body)) {
      throw new Error(body.error)
    }
    if (!response.ok) throw new Error(`the server has answered with status ${response.status}`)
    return body
  }

  /**
   * All that a view shows.
   * @param {{ state: string, type: string, order: string, query: string, page: number }} view
   * @param {AbortSignal} signal
   * @returns {Promise<{ stats: any, types: string[], jobs: any[], total: number, named?: any }>}
   *   `named` is the id of the first job where it is there for its number, not for its words
   */
  async function look(view, signal) {
    const get = (path) => ask(path, { signal })
    const [stats, types, { jobs, total, named }] = await Promise.all([
      get('stats'),
      get('job/types'),
      view.query ? search(view, get) : list(view, get)
    ])
    return { stats, types, jobs, named, total: total ?? stats[`${view.state}Count`] }
  }

  async function list({ state, type, order, page }, get) {
    // Not in the path, where a proxy would make of %2F what it is not.
    const ofType = type ? `type=${encode(type)}` : ''
    // The API sorts the jobs of one page; which jobs these are, it always counts from the oldest.
    // Places below zero are counted from the end.
    const range =
      order === 'desc'
        ? `${-(page + 1) * PAGE}..${-page * PAGE - 1}`
        : `${page * PAGE}..${(page + 1) * PAGE - 1}`
    const [jobs, counted] = await Promise.all([
      get(`jobs/${state}/${range}/${order}?brief=${BRIEF}&${ofType}`),
      type ? get(`jobs/${state}/stats?${ofType}`) : {}
    ])
    return { jobs, total: counted.count }
  }

  /**
   * The server may find any number of jobs; those of one page travel. Who types a number may mean the
   * job that has it: that one stands before what has the number among its words.
   */
  async function search({ query, order, page }, get) {
    const range = `from=${page * PAGE}&to=${(page + 1) * PAGE - 1}&order=${order}&brief=${BRIEF}`
    const [named, { jobs, total }] = await Promise.all([
      page === 0 && /^\d+$/.test(query) ? jobOf(query, get) : null,
      get(`job/search?q=${encode(query)}&${range}`)
    ])
    if (!named) return { jobs, total, named: null }
    return { jobs: [named, ...jobs.filter(({ id }) => id !== named.id)], total, named: named.id }
  }

  /** A job by its id, as a list has it; null where there is none. */
  async function jobOf(id, get) {
    try {
      // By itself it has its id as a text.
      return { ...(await get(`job/${encode(id)}`)), id: Number(id) }
    } catch (error) {
      if (error instanceof NoAnswer) throw error
      return null
    }
  }

  return {
    PAGE,
    NoAnswer,
    look,
    title: async () => (await ask('dashboard.json')).title,
    job: (id) => ask(`job/${encode(id)}`),
    /** The lines of a log from one of them on, counted from 0. */
    log: (id, from) => ask(`job/${encode(id)}/log?from=${from}`),
    again: ({ id }) => ask(`inactive/${encode(id)}`, { method: 'POST' }),
    remove: ({ id }) => ask(`job/${encode(id)}`, { method: 'DELETE' }),
    setPriority: ({ id }, level) =>
      ask(`job/${encode(id)}/priority/${encode(level)}`, { method: 'PUT' })
  }
})()
