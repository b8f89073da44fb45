/* global api, dom, jobTable, openedJob */
'use strict'

/**
 * The page over the JSON API beside it. Whatever comes from there becomes text, never HTML: titles
 * and errors are what somebody else wrote.
 */
;(() => {
  const { byId, element, set, setText, setTime } = dom
  const STATES = ['inactive', 'active', 'failed', 'complete', 'delayed']
  const PAGERS = ['first', 'before', 'after', 'last']
  const REFRESH_MS = 2000
  /** Looking for words is work for the store, and what it finds seldom changes. */
  const SEARCH_REFRESH_MS = 30_000

  /** What is looked at. The address says the same, for links, for Back, and to load it again. */
  let view = readAddress()
  /** What the server said last, for which view, and when. */
  let shown = null
  /** What keeps it from saying more. */
  let trouble = ''
  /** The job whose details are open. */
  let opened = openedJob.make(null)
  /** Ids of jobs that something is being done to. */
  const busy = new Set()

  // ---- the address ---------------------------------------------------------------------------

  /**
   * Kue's pages have the state in their path; all the rest is rekue's. A search goes through the jobs
   * of all states and types, so its address names none, and what an older link names does not count.
   */
  function readAddress() {
    const state = location.pathname.split('/').at(-1)
    const words = new URLSearchParams(location.search)
    const page = Number(words.get('page'))
    const query = (words.get('q') ?? '').trim()
    return {
      state: STATES.includes(state) ? state : 'active',
      type: query ? '' : (words.get('type') ?? ''),
      order: words.get('order') === 'desc' ? 'desc' : 'asc',
      query,
      page: Number.isSafeInteger(page) && page > 0 ? page - 1 : 0
    }
  }

  function addressOf({ state, type, order, query, page }) {
    const words = new URLSearchParams()
    if (type) words.set('type', type)
    if (order !== 'asc') words.set('order', order)
    if (query) words.set('q', query)
    if (page > 0) words.set('page', String(page + 1))
    const text = words.toString()
    const where = query ? './' : state
    return text ? `${where}?${text}` : where
  }

  /** Look at something else. Another choice starts at its first page. */
  function look(at) {
    const before = view
    view = { ...view, page: 0, ...at }
    if (view.query) view.type = ''
    if (addressOf(view) !== addressOf(before)) history.pushState(null, '', addressOf(view))
    showChoice(before)
    return refresh()
  }

  /** The fields say what is looked at, whoever chose it: somebody, a link, or Back. */
  function showChoice(before) {
    // Words that are not sent yet are left to whoever types them.
    if (view.query !== before?.query) byId('query').value = view.query
    byId('order').value = view.order
    drawStates()
    drawTypes()
    markOld()
  }

  // ---- what the server says ------------------------------------------------------------------

  /** The refresh under way. There is one at a time: a new one ends the one before. */
  let current = new AbortController()
  let timer
  let titled

  async function refresh() {
    clearTimeout(timer)
    current.abort()
    current = new AbortController()
    const { signal } = current
    readTitle()
    readOpened()
    try {
      let found = await api.look(view, signal)
      if (!signal.aborted && view.page > lastPage(found.total)) {
        // Its last job has gone elsewhere, or the address named a page that never was.
        view = { ...view, page: lastPage(found.total) }
        history.replaceState(null, '', addressOf(view))
        found = await api.look(view, signal)
      }
      // Whatever comes for an older question is not for what is looked at now.
      if (signal.aborted) return
      shown = { ...found, view, at: Date.now() }
      trouble = ''
      draw()
    } catch (error) {
      if (signal.aborted) return
      trouble = error.message
      // What was looked at before is not what is asked for now: it does not stand in its place.
      if (shown && isOther()) shown = { ...shown, view: { ...view }, jobs: [], total: null }
      draw()
    }
    markOld()
    // Nobody looks at a hidden page; once it is shown, it asks at once.
    const pause = view.query ? SEARCH_REFRESH_MS : REFRESH_MS
    if (!document.hidden) timer = setTimeout(refresh, pause)
  }

  /** The title does not change; it is asked for until it is known. */
  function readTitle() {
    titled ??= api.title().then(
      (title) => {
        document.title = title
        setText(byId('title'), title)
      },
      () => (titled = undefined)
    )
  }

  /** Beside the refresh: what is long must not hold up the numbers. */
  async function readOpened() {
    const of = opened
    if (of.id === null) return
    const row = shown?.jobs.find(({ id }) => id === of.id)
    const drawn = () => of === opened && draw()
    await Promise.all([openedJob.readLog(of).then(drawn), openedJob.readWhole(of, row).then(drawn)])
  }

  // ---- drawing -------------------------------------------------------------------------------

  const lastPage = (total) => Math.max(0, Math.ceil(total / api.PAGE) - 1)

  const states = STATES.map((state) => {
    const count = element('b')
    const node = element(
      'button',
      { type: 'button', onclick: () => look({ state, query: '' }) },
      count,
      state
    )
    return { state, count, node }
  })
  byId('states').append(...states.map(({ node }) => node))

  const types = dom.list(
    byId('type'),
    (type) => type,
    (type) => {
      // The value after the text, which is the value of an option without one.
      const option = set(element('option', {}, type || 'all'), { value: type })
      return { nodes: () => [option], update() {} }
    }
  )

  const table = jobTable.make(byId('jobs'), {
    toggle,
    select: drawSelection,
    again: (job) => act('Queue again', [job], api.again),
    remove: (job) => act('Remove', [job], api.remove),
    setPriority: (job, level) =>
      act(`Priority ${level}`, [job], () => api.setPriority(job, level), { sure: true })
  })

  function drawStates() {
    for (const { state, count, node } of states) {
      set(node, { 'aria-pressed': String(state === view.state && !view.query) })
      if (shown) setText(count, shown.stats[`${state}Count`])
    }
  }

  function drawTypes() {
    // A link may name a type of which there is none any more.
    const names = new Set(['', ...(shown?.types ?? []).toSorted(), view.type])
    types.update([...names])
    set(byId('type'), { value: view.type })
  }

  function draw() {
    if (!shown) return
    const { stats, jobs, total, view: of, at } = shown
    // It went out of sight.
    if (!jobs.some(({ id }) => id === opened.id)) opened = openedJob.make(null)
    setText(byId('work-time'), `${((stats.workTime || 0) / 1000).toFixed(1)} s of work`)
    setTime(byId('as-of'), at, 'toLocaleTimeString')
    drawStates()
    drawTypes()
    setText(byId('caption'), captionOf(shown))
    setText(byId('hint'), hintOf(shown))

    const spot = whereFocusIs()
    table.update(
      jobs.map((job) => ({
        job,
        opened: job.id === opened.id ? opened : null,
        busy: busy.has(job.id)
      }))
    )
    keepFocus(spot)
    drawSelection()

    const last = lastPage(total)
    setText(byId('place'), total === null ? '' : `page ${of.page + 1} of ${last + 1}`)
    for (const name of ['first', 'before']) set(byId(name), { disabled: of.page === 0 })
    for (const name of ['after', 'last']) set(byId(name), { disabled: of.page >= last })
    // There is no further page: the focus would go with the button that led here.
    if (PAGERS.some((name) => byId(name).disabled && byId(name) === document.activeElement)) {
      focusCaption()
    }
  }

  function captionOf({ total, named, view: { state, type, query } }) {
    if (total === null) return 'No jobs to show yet'
    const many = `${total} ${query ? '' : `${state} `}${total === 1 ? 'job' : 'jobs'}`
    if (!query) return `${many}${type && ` of type ${type}`}`
    return `${named ? `Job ${named}, and ` : ''}${many} with "${query}"`
  }

  /** What explains a list that is not what one expects. */
  function hintOf({ total, named, view: { query, state } }) {
    if (total === null) return ''
    if (query && total === 0 && !named)
      return 'Only jobs saved with disableSearch: false are found.'
    if (query)
      return 'Of all types and states. Find looks again at once, the page every half minute.'
    if (total <= api.PAGE) return ''
    if (state === 'delayed') return 'Pages go by when jobs are due.'
    if (state === 'active') return 'Pages go by when the time to live ends, then by age.'
    return 'Pages go by priority, then by age.'
  }

  /** Whether the rows are those of what was looked at before. */
  const isOther = () => shown?.view !== view

  const focusCaption = () => byId('caption').focus({ preventScroll: true })

  /** Numbers that are old, or of what was looked at before, look so, and it is said why. */
  function markOld() {
    const isOld = trouble !== '' || isOther()
    // Of rows that are not what is looked at, nothing can be opened, chosen or done.
    if (isOther() && byId('listing').contains(document.activeElement)) focusCaption()
    set(byId('listing'), {
      className: isOld ? 'old' : '',
      inert: isOther(),
      'aria-busy': String(isOld)
    })
    drawSelection()
    set(byId('states'), { className: trouble ? 'old' : '' })
    const of = shown ? `; these numbers are as of ${byId('as-of').textContent}` : ''
    setText(byId('trouble'), trouble && `No news: ${trouble}${of}. The page goes on asking.`)
  }

  function drawSelection() {
    const rows = isOther() ? [] : table.entries()
    const selected = rows.filter(({ check }) => check.checked)
    const free = selected.filter((row) => !busy.has(row.job().id))
    set(byId('all'), {
      disabled: isOther(),
      checked: rows.length > 0 && selected.length === rows.length,
      indeterminate: selected.length > 0 && selected.length < rows.length
    })
    for (const name of ['remove-selected', 'set-selected']) {
      set(byId(name), { disabled: free.length === 0 })
    }
    set(byId('again-selected'), { disabled: !free.some((row) => row.job().state !== 'inactive') })
  }

  const selectedJobs = () =>
    (isOther() ? [] : table.entries()).filter(({ check }) => check.checked).map((row) => row.job())

  // ---- focus ---------------------------------------------------------------------------------

  /** What has the focus, and in which row. */
  function whereFocusIs() {
    const node = document.activeElement
    return { node, at: table.entries().findIndex((row) => row.contains(node)) }
  }

  /**
   * The row with the focus may have gone, and a button that is disabled loses it: it goes back, or
   * to who took the row's place, rather than to the top of the page.
   */
  function keepFocus({ node, at }) {
    const lost = !document.activeElement || document.activeElement === document.body
    if (!lost || !node || node === document.body) return
    if (node.isConnected && !node.disabled) return node.focus({ preventScroll: true })
    const rows = at < 0 ? [] : table.entries()
    const next = rows[Math.min(at, rows.length - 1)]?.title ?? byId('caption')
    next.focus({ preventScroll: true })
  }

  // ---- what somebody does --------------------------------------------------------------------

  function toggle({ id }) {
    opened = openedJob.make(id === opened.id ? null : id)
    draw()
    readOpened()
  }

  /** What came of an action stays until the next one, or until it has been read. */
  function tell(text, isBad = false) {
    set(byId('outcome'), { className: isBad ? 'bad' : '' })
    setText(byId('outcome'), text)
    set(byId('dismiss'), { hidden: text === '' })
  }

  /**
   * Do something to jobs, one after the other, and say what came of it.
   * @param {string} name
   * @param {any[]} jobs
   * @param {(job: any) => Promise<any>} action
   * @param {{ sure?: boolean }} [options] without a question
   */
  async function act(name, jobs, action, { sure = false } = {}) {
    const free = jobs.filter(({ id }) => !busy.has(id))
    const [one] = free
    if (!one) return
    const ids = free.map(({ id }) => id).join(', ')
    const what = free.length === 1 ? `job ${one.id} (${one.type})` : `${free.length} jobs (${ids})`
    if (!sure && !confirm(`${name}: ${what}?`)) return
    tell('')
    const spot = whereFocusIs()
    for (const { id } of free) busy.add(id)
    draw()
    const errors = []
    let done = 0
    for (const job of free) {
      try {
        await action(job)
        done += 1
      } catch (error) {
        const isOpen = error instanceof api.NoAnswer
        errors.push(`job ${job.id}: ${error.message}${isOpen ? '; it may be done or not' : ''}`)
        // The others would wait as long, for nothing.
        if (isOpen) break
      }
    }
    if (errors.length === 0) tell(`${name}: ${what}: done`)
    else tell(`${name}: ${errors.join('; ')} (${done} of ${free.length} done)`, true)
    // Not before it is seen what came of it can more be done to them.
    await refresh()
    for (const { id } of free) busy.delete(id)
    draw()
    keepFocus(spot)
  }

  byId('filter').addEventListener('submit', (event) => {
    event.preventDefault()
    look({ query: byId('query').value.trim() })
  })
  byId('type').addEventListener('change', () => look({ type: byId('type').value, query: '' }))
  byId('order').addEventListener('change', () => look({ order: byId('order').value }))
  byId('first').addEventListener('click', () => look({ page: 0 }))
  byId('before').addEventListener('click', () => look({ page: Math.max(0, view.page - 1) }))
  byId('after').addEventListener('click', () => look({ page: view.page + 1 }))
  byId('last').addEventListener('click', () => look({ page: lastPage(shown?.total ?? 0) }))
  byId('all').addEventListener('change', () => {
    if (isOther()) return
    for (const { check } of table.entries()) check.checked = byId('all').checked
    drawSelection()
  })
  byId('again-selected').addEventListener('click', () => {
    const jobs = selectedJobs().filter(({ state }) => state !== 'inactive')
    act('Queue again', jobs, api.again)
  })
  byId('remove-selected').addEventListener('click', () => act('Remove', selectedJobs(), api.remove))
  byId('levels-selected').addEventListener('submit', (event) => {
    event.preventDefault()
    const level = jobTable.levelOf(byId('level'))
    act(`Priority ${level}`, selectedJobs(), (job) => api.setPriority(job, level))
  })
  byId('dismiss').addEventListener('click', () => {
    tell('')
    focusCaption()
  })
  addEventListener('popstate', () => {
    const before = view
    view = readAddress()
    showChoice(before)
    refresh()
  })
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) refresh()
  })

  showChoice()
  refresh()
})()
