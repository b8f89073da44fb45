'use strict'

// The dashboard of the service: what the queue holds, what the analytics worker has added up, what
// the cache does. All of it goes into the page as text. The jobs themselves are at /kue/.

const STATES = ['inactive', 'active', 'complete', 'failed', 'delayed']
const INTERVAL_MS = 2000

const element = (id) => document.getElementById(id)

/** @param {unknown[]} texts */
function row(texts) {
  const tr = document.createElement('tr')
  for (const text of texts) {
    const td = document.createElement('td')
    td.textContent = String(text ?? '')
    tr.append(td)
  }
  return tr
}

async function refresh() {
  try {
    const response = await fetch('/analytics', { headers: { Accept: 'application/json' } })
    const analytics = await response.json()
    if (!response.ok) throw new Error(analytics.title)
    const { views, mean_ms: mean, sums, queue, cache } = analytics
    element('jobs').replaceChildren(...STATES.map((state) => row([state, queue[state]])))
    element('views').replaceChildren(
      row(['views', views]),
      row(['mean time', mean === null ? '' : `${mean.toFixed(1)} ms`]),
      ...Object.entries(sums)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(row)
    )
    const counts = { ...cache, ...cache.l1 }
    element('cache').replaceChildren(
      ...Object.entries(counts)
        .filter(([, count]) => typeof count === 'number')
        .map(row)
    )
    element('status').textContent = ''
  } catch (error) {
    element('status').textContent = error.message
  }
}

/** The time of the next question, while there is one. @type {number | undefined} */
let next
let asking = false

// One question after the other, for a service that is slow must not be asked more and more; and
// none while nobody looks.
async function poll() {
  if (asking) return
  asking = true
  clearTimeout(next)
  await refresh()
  asking = false
  if (!document.hidden) next = setTimeout(poll, INTERVAL_MS)
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) clearTimeout(next)
  else poll()
})
poll()
