'use strict'

/**
 * The page over the JSON API beside it. Whatever comes from there becomes text, never HTML: titles
 * and errors are what somebody else wrote.
 */

const STATES = ['inactive', 'active', 'failed', 'complete', 'delayed']
const PAGE = 20
const REFRESH_MS = 2000

const byId = (id) => document.getElementById(id)

/** What is looked at. */
const view = { state: 'active', type: '', query: '', page: 0 }
/** The job whose details are open, and its log. */
const opened = { id: null, log: [] }
/** What was drawn last, as text: the same is not drawn again, so that nothing jumps. */
let drawn = ''
let timer

/**
 * @param {string} tag
 * @param {Record<string, any>} properties
 * @param {...any} children elements, or what becomes text
 */
function element(tag, properties, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('aria-')) made.setAttribute(name, value)
    else made[name] = value
  }
  for (const child of children) {
    made.append(child !== null && typeof child === 'object' ? child : String(child ?? ''))
  }
  return made
}

/** Ask the API. Errors of Kue's kind, `{ error }`, are errors here. */
async function ask(path, method = 'GET') {
  const response = await fetch(path, { method, headers: { Accept: 'application/json' } })
  const body = await response.json().catch(() => ({ error: `status ${response.status}` }))
  if (body !== null && typeof body === 'object' && 'error' in body && !('id' in body)) {
    throw new Error(body.error)
  }
  return body
}

const encode = encodeURIComponent

/** The jobs to show, and how many there are in all. */
async function findJobs(stats) {
  const from = view.page * PAGE
  if (view.query) {
    const ids = await ask(`job/search?q=${encode(view.query)}`)
    const jobs = await Promise.all(
      ids.slice(from, from + PAGE).map((id) => ask(`job/${encode(id)}`).catch(() => null))
    )
    return { jobs: jobs.filter(Boolean), total: ids.length }
  }
  const where = view.type ? `${encode(view.type)}/${view.state}` : view.state
  const jobs = await ask(`jobs/${where}/${from}..${from + PAGE - 1}/asc`)
  const total = view.type ? (await ask(`jobs/${where}/stats`)).count : stats[`${view.state}Count`]
  return { jobs, total }
}

async function refresh() {
  clearTimeout(timer)
  const asked = JSON.stringify(view)
  try {
    const [stats, types] = await Promise.all([ask('stats'), ask('job/types')])
    const found = await findJobs(stats)
    if (opened.id !== null) opened.log = await ask(`job/${encode(opened.id)}/log`).catch(() => [])
    byId('trouble').textContent = ''
    const now = JSON.stringify([view, opened, stats, types, found])
    // Somebody may have chosen something else meanwhile, and that is on its way.
    if (asked === JSON.stringify(view) && now !== drawn) {
      drawn = now
      draw(stats, types.sort(), found)
    }
  } catch (error) {
    byId('trouble').textContent = error.message
  }
  timer = setTimeout(() => (document.hidden ? later() : refresh()), REFRESH_MS)
}

/** Nobody looks: ask again when somebody does. */
function later() {
  document.addEventListener('visibilitychange', refresh, { once: true })
}

function draw(stats, types, { jobs, total }) {
  byId('work-time').textContent = `${((stats.workTime || 0) / 1000).toFixed(1)} s of work`
  byId('states').replaceChildren(
    ...STATES.map((state) =>
      element(
        'button',
        {
          type: 'button',
          'aria-pressed': String(state === view.state && !view.query),
          onclick: () => look({ state, query: '' })
        },
        element('b', {}, stats[`${state}Count`]),
        state
      )
    )
  )
  byId('type').replaceChildren(
    ...['', ...types].map((type) =>
      element('option', { value: type, selected: type === view.type }, type || 'all')
    )
  )
  byId('caption').textContent = view.query
    ? `${total} jobs with "${view.query}"`
    : `${total} ${view.state} jobs${view.type && ` of type ${view.type}`}`
  byId('jobs').replaceChildren(...jobs.flatMap(rows))
  byId('place').textContent = `page ${view.page + 1} of ${Math.max(1, Math.ceil(total / PAGE))}`
  byId('before').disabled = view.page === 0
  byId('after').disabled = (view.page + 1) * PAGE >= total
}

/** The row of a job, and where it is open, one with its details. */
function rows(job) {
  const title = job.data?.title ?? JSON.stringify(job.data) ?? ''
  const isOpen = String(opened.id) === String(job.id)
  const row = element(
    'tr',
    {},
    element('td', {}, job.id),
    element('td', {}, job.type),
    element(
      'td',
      {},
      element(
        'button',
        {
          type: 'button',
          className: 'title',
          'aria-expanded': String(isOpen),
          onclick: () => show(isOpen ? null : job.id)
        },
        String(title).slice(0, 120) || '(no title)'
      )
    ),
    element('td', {}, job.priority),
    element('td', {}, `${job.attempts.made} of ${job.attempts.max}`),
    element('td', {}, `${job.progress} %`),
    element('td', {}, new Date(Number(job.updated_at)).toLocaleString()),
    element('td', {}, ...actions(job))
  )
  if (!isOpen) return [row]
  const parts = { Data: job.data, Result: job.result, Error: job.error, Log: opened.log.join('\n') }
  const details = Object.entries(parts).flatMap(([name, part]) => {
    if (part === undefined || part === '') return []
    const text = typeof part === 'string' ? part : JSON.stringify(part, null, 2)
    return [element('h3', {}, name), element('pre', {}, text)]
  })
  return [row, element('tr', {}, element('td', { colSpan: 8 }, ...details))]
}

function actions(job) {
  const action = (name, method, path) =>
    element('button', { type: 'button', onclick: () => change(name, job, method, path) }, name)
  const again = action('Queue again', 'POST', `inactive/${encode(job.id)}`)
  const remove = action('Remove', 'DELETE', `job/${encode(job.id)}`)
  return job.state === 'inactive' ? [remove] : [again, remove]
}

async function change(name, job, method, path) {
  if (!confirm(`${name}: job ${job.id} (${job.type})?`)) return
  try {
    await ask(path, method)
    await refresh()
  } catch (error) {
    byId('trouble').textContent = error.message
  }
}

function show(id) {
  Object.assign(opened, { id, log: [] })
  return refresh()
}

function look(at) {
  Object.assign(view, { page: 0 }, at)
  if (at.query === '') byId('query').value = ''
  return refresh()
}

byId('filter').addEventListener('submit', (event) => {
  event.preventDefault()
  look({ query: byId('query').value.trim() })
})
byId('type').addEventListener('change', () => look({ type: byId('type').value, query: '' }))
byId('before').addEventListener('click', () => look({ page: view.page - 1 }))
byId('after').addEventListener('click', () => look({ page: view.page + 1 }))

// Kue's pages have the state in their address.
const [state] = location.pathname.split('/').slice(-1)
if (STATES.includes(state)) view.state = state

ask('dashboard.json')
  .then(({ title }) => {
    document.title = title
    byId('title').textContent = title
  })
  .catch((error) => (byId('trouble').textContent = error.message))
refresh()
