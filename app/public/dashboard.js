'use strict'

// The dashboard: reads Kue's JSON API and /analytics, and shows what they say. All that comes from
// jobs goes into the page as text, never as markup.

const STATES = ['inactive', 'active', 'complete', 'failed', 'delayed']
const ROWS = 20
const INTERVAL_MS = 2000

let state = 'complete'

const element = (id) => document.getElementById(id)

async function read(path) {
  const response = await fetch(path, { headers: { Accept: 'application/json' } })
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response.json()
}

/** A table row of texts. */
function row(texts) {
  const tr = document.createElement('tr')
  for (const text of texts) {
    const td = document.createElement('td')
    if (text instanceof Node) td.append(text)
    else td.textContent = String(text ?? '')
    tr.append(td)
  }
  return tr
}

function button(text, onClick) {
  const made = document.createElement('button')
  made.type = 'button'
  made.textContent = text
  made.addEventListener('click', onClick)
  return made
}

async function change(method, path) {
  await fetch(path, { method })
  await refresh()
}

function jobRow(job) {
  const actions = document.createElement('span')
  if (job.state === 'failed') {
    actions.append(button('again', () => change('PUT', `/kue/inactive/${job.id}`)))
  }
  actions.append(button('remove', () => change('DELETE', `/kue/job/${job.id}`)))
  const error = String(job.error || '').split('\n')[0]
  const created = new Date(Number(job.created_at)).toISOString().slice(0, 19)
  return row([job.id, job.type, JSON.stringify(job.data), job.progress, error, created, actions])
}

async function refresh() {
  try {
    const [stats, jobs, analytics] = await Promise.all([
      read('/kue/stats'),
      read(`/kue/jobs/${state}/0..${ROWS - 1}/desc`),
      read('/analytics')
    ])
    element('states').replaceChildren(
      ...STATES.map((name) => {
        const chosen = button(`${name}: ${stats[`${name}Count`]}`, () => {
          state = name
          refresh()
        })
        chosen.setAttribute('aria-pressed', String(name === state))
        return chosen
      })
    )
    element('jobs').replaceChildren(...jobs.map(jobRow))
    const mean = analytics.mean_ms === null ? '' : `${analytics.mean_ms.toFixed(1)} ms`
    const sums = Object.entries(analytics.sums).sort(([a], [b]) => (a < b ? -1 : 1))
    element('views').replaceChildren(
      row(['views', analytics.views]),
      row(['mean time', mean]),
      ...sums.map(row)
    )
    element('status').textContent = ''
  } catch (error) {
    element('status').textContent = error.message
  }
}

refresh()
setInterval(refresh, INTERVAL_MS)
