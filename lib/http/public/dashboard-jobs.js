/* global dom */
/* exported jobTable */
'use strict'

/** The table of jobs: a row for each, and below it, where it is open, one with its details. */
const jobTable = (() => {
  const { element, set, setText, growText, setTime } = dom
  const TITLE_LENGTH = 120
  const COLUMNS = 10

  /** For the ids by which a title names its details. */
  let made = 0

  /**
   * What a row shows.
   * @typedef {object} Item
   * @property {any} job as the API gives it
   * @property {{ log: string, trouble: string, whole: any } | null} opened where its details are open
   * @property {boolean} busy whether something is being done to it
   *
   * What somebody may do.
   * @typedef {object} Handlers
   * @property {(job: any) => void} toggle
   * @property {() => void} select
   * @property {(job: any) => void} again
   * @property {(job: any) => void} remove
   * @property {(job: any, level: string) => void} setPriority
   */

  const asText = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))

  function short(text) {
    // Twice as many units hold all of the letters that count; a text may have millions.
    const letters = [...text.slice(0, 2 * TITLE_LENGTH + 2)]
    const first = letters.slice(0, TITLE_LENGTH).join('')
    return (letters.length > TITLE_LENGTH ? `${first}…` : first).trim()
  }

  /** A title is whatever somebody put there. */
  function titleOf({ data }) {
    const title = data?.title ?? data ?? ''
    return short(typeof title === 'string' ? title : JSON.stringify(title)) || '(no title)'
  }

  /** What one wants to know of a job without opening it: why it failed, or how long it still waits. */
  function noteOf({ state, error, promote_at: due }) {
    if (state === 'failed' && error) return short(asText(error).trimStart().split('\n', 1)[0])
    const left = state === 'delayed' ? Number(due) - Date.now() : NaN
    // To the second: less is over before it is read.
    return left > 0 ? `due in ${lasting(Math.ceil(left / 1000) * 1000)}` : ''
  }

  /** @param {any} ms as a number or as text */
  function lasting(ms) {
    const time = Number(ms)
    if (Number.isNaN(time)) return String(ms)
    if (time < 1000) return `${time} ms`
    const seconds = time / 1000
    if (seconds < 60) return `${Number(seconds.toFixed(1))} s`
    const minutes = Math.floor(seconds / 60)
    if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  }

  /** On a narrow screen the cells stand below each other, each with the name of its column. */
  const cell = (name, ...children) =>
    element('td', { role: 'cell', 'data-label': name }, ...children)

  const button = (name, onclick) => element('button', { type: 'button', onclick }, name)

  /**
   * @param {Item} item
   * @param {Handlers} handlers
   */
  function row(item, handlers) {
    let { job } = item
    const shown = (name, className = '') => set(cell(name), { className })
    const id = shown('Id')
    const type = shown('Type')
    const state = shown('State')
    const priority = shown('Priority')
    const attempts = shown('Attempts')
    const progress = shown('Progress')
    const changed = element('time')
    const title = set(
      button('', () => handlers.toggle(job)),
      { className: 'title', 'aria-expanded': 'false' }
    )
    const note = element('p', { hidden: true })
    const check = element('input', {
      type: 'checkbox',
      'aria-label': `Select job ${job.id}`,
      onchange: () => handlers.select()
    })
    const again = button('Queue again', () => handlers.again(job))
    const remove = button('Remove', () => handlers.remove(job))
    const node = element(
      'tr',
      { role: 'row' },
      cell('Select', check),
      id,
      type,
      cell('Title', title, note),
      state,
      priority,
      attempts,
      progress,
      cell('Changed', changed),
      cell('What to do', again, remove)
    )
    const name = `details-${++made}`
    /** @type {ReturnType<typeof details> | null} */
    let below = null

    return {
      title,
      check,
      job: () => job,
      nodes: () => (below ? [node, below.node] : [node]),
      contains: (other) => node.contains(other) || Boolean(below?.node.contains(other)),
      /** @param {Item} item */
      update({ job: now, opened, busy }) {
        job = now
        setText(id, job.id)
        setText(type, job.type)
        setText(title, titleOf(job))
        setText(note, noteOf(job))
        set(note, {
          className: job.state === 'failed' ? 'bad' : '',
          hidden: note.textContent === ''
        })
        setText(state, job.state)
        setText(priority, job.priority)
        setText(attempts, `${job.attempts?.made} of ${job.attempts?.max}`)
        setText(progress, `${job.progress} %`)
        setTime(changed, job.updated_at)
        set(again, { disabled: busy, hidden: job.state === 'inactive' })
        set(remove, { disabled: busy })
        below = opened ? (below ?? details(name, handlers)) : null
        below?.update(job, opened, busy)
        set(title, {
          'aria-expanded': String(below !== null),
          'aria-controls': below ? name : null
        })
      }
    }
  }

  /** Moments and spans of a job's life, as far as there were any. */
  const FACTS = [
    ['Created', (job) => job.created_at, true],
    ['Due', (job) => (job.state === 'delayed' ? job.promote_at : undefined), true],
    // Every job has the moment; of one that was not delayed it says nothing.
    ['Promoted', (job) => (job.state !== 'delayed' && job.delay ? job.promote_at : null), true],
    ['Delay', (job) => job.delay && lasting(job.delay)],
    ['Started', (job) => job.started_at, true],
    ['Failed', (job) => job.failed_at, true],
    ['Duration', (job) => job.duration && lasting(job.duration)],
    ['Time to live', (job) => job.ttl && lasting(job.ttl)],
    ['Worker', (job) => job.workerId]
  ]

  const PARTS = ['Data', 'Progress data', 'Result', 'Error', 'Log']

  /** Fields for numbers let one write 1e3; the API has digits only. */
  const levelOf = ({ value }) => String(Number(value))

  /**
   * @param {string} name the row's id
   * @param {Handlers} handlers
   */
  function details(name, handlers) {
    let job
    const facts = FACTS.map(([term, read, isTime]) => {
      const value = element(isTime ? 'time' : 'span')
      const node = element(
        'div',
        { hidden: true },
        element('dt', {}, term),
        element('dd', {}, value)
      )
      return { read, isTime, value, node }
    })
    const parts = PARTS.map((part) => {
      const heading = element('h3', { hidden: true }, part)
      // With the keyboard, too, one gets to what is scrolled away.
      const text = element('pre', {
        hidden: true,
        tabIndex: 0,
        role: 'region',
        'aria-label': part
      })
      return { part, heading, text }
    })
    const priority = element('input', { type: 'number', step: '1', required: true, list: 'levels' })
    const save = element('button', { type: 'submit' }, 'Set priority')
    const form = element('form', {}, element('label', {}, 'Priority ', priority), save)
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      handlers.setPriority(job, levelOf(priority))
    })
    let known
    const node = element(
      'tr',
      { role: 'row', id: name, className: 'details' },
      element(
        'td',
        { role: 'cell', colSpan: COLUMNS },
        element('dl', {}, ...facts.map(({ node }) => node)),
        form,
        ...parts.flatMap(({ heading, text }) => [heading, text])
      )
    )

    return {
      node,
      update(now, { log, trouble, whole }, busy) {
        job = now
        // The row has their beginnings only; the rest is on its way.
        const partOf = (name) => (now.cut?.includes(name) ? (whole?.[name] ?? '…') : now[name])
        for (const { read, isTime, value, node } of facts) {
          const fact = read(job)
          const isThere = fact !== undefined && fact !== null && fact !== ''
          set(node, { hidden: !isThere })
          if (isTime && isThere) setTime(value, fact)
          else setText(value, fact)
        }
        const texts = {
          Data: partOf('data'),
          'Progress data': partOf('progress_data'),
          Result: partOf('result'),
          Error: partOf('error'),
          Log: log
        }
        for (const { part, heading, text } of parts) {
          const content = asText(texts[part] ?? '')
          const note = part === 'Log' && trouble ? `Log (${trouble})` : part
          set(heading, { hidden: content === '' && note === part })
          setText(heading, note)
          set(text, { hidden: content === '' })
          growText(text, content)
        }
        // What somebody is typing there is not the queue's to change.
        const level = String(job.priority)
        if (known === undefined || priority.value === known) set(priority, { value: level })
        known = level
        set(save, { disabled: busy })
      }
    }
  }

  /**
   * @param {any} parent
   * @param {Handlers} handlers
   */
  const make = (parent, handlers) =>
    dom.list(
      parent,
      ({ job }) => String(job.id),
      (item) => row(item, handlers)
    )

  return { make, levelOf }
})()
