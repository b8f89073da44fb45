'use strict'

/**
 * One library, one round, in a process of its own: prints what it measured as a line of JSON.
 *
 *   node --expose-gc bench/i18n/measure.js text | load  LIBRARY DIR
 */

const { LOCALES, MESSAGES } = require('./catalogs')
const { LOADERS, SPEAKERS } = require('./peers')

/** Of every figure; a batch is short, so that some are not disturbed. In ms. */
const WARM_UP_MS = 150
const MEASURE_MS = 400
const BATCH_MS = 1
/** Of the batches, sorted: the quick ones are those that had the processor for themselves. */
const QUANTILE = 0.1

/** Arguments, made beforehand: what is measured is the library. */
const ARGUMENTS = {
  plain: () => undefined,
  greeting: (at) => ({ name: `Kim ${at % 97}` }),
  plural: (at) => ({ count: at % 100, place: 'Lyon' }),
  'plural, any number': (at) => ({ count: (at * 7919) % 100_003, place: 'Lyon' }),
  currency: (at) => ({ price: ((at * 7919) % 1_000_003) / 100 }),
  date: (at) => ({ when: new Date(at * 86_400_000) })
}

/** @param {(at: number) => unknown} call */
function timed(call) {
  let at = 0
  const started = performance.now()
  while (performance.now() - started < WARM_UP_MS) call(at++)
  const size = Math.max(1, Math.round((at / WARM_UP_MS) * BATCH_MS))
  const batches = []
  for (const end = performance.now() + MEASURE_MS; performance.now() < end;) {
    const start = process.hrtime.bigint()
    for (let count = 0; count < size; count++) call(at++)
    batches.push(Number(process.hrtime.bigint() - start) / size)
  }
  return batches.sort((a, b) => a - b)[Math.floor(batches.length * QUANTILE)]
}

async function text(name, dir) {
  const library = await SPEAKERS[name](dir)
  let length = 0
  const figures = {}
  const samples = {}
  for (const [label, make] of Object.entries(ARGUMENTS)) {
    const [id] = label.split(',')
    const args = Array.from({ length: 4096 }, (_, at) => make(at))
    samples[label] = [1, 77, 4000].map((at) => library.text('en', id, args[at]))
    figures[label] = timed((at) => (length += library.text('en', id, args[at & 4095]).length))
  }
  const kinds = Object.entries(ARGUMENTS)
  const pages = Array.from({ length: 64 }, (_, page) =>
    Array.from({ length: 50 }, (_, at) => {
      // Half of a page is plain.
      const [label, make] = at % 2 ? kinds[0] : kinds[1 + ((at / 2) % 5)]
      return [label.split(',')[0], make(page * 50 + at)]
    })
  )
  samples.page = [library.page('en', pages[3]).join('\n')]
  figures['page of 50'] = timed((at) => (length += library.page('en', pages[at & 63]).length))
  return { figures, samples, length }
}

async function load(name, dir) {
  global.gc?.()
  const before = process.memoryUsage()
  const start = performance.now()
  const format = await LOADERS[name](dir, LOCALES)
  const loaded = performance.now() - start
  let length = 0
  for (const locale of LOCALES) length += format(locale, 'message-0').length
  const used = performance.now() - start
  global.gc?.()
  const after = process.memoryUsage()
  // Every message is there, and stays in memory until it was looked at.
  for (const locale of LOCALES) {
    for (let at = 0; at < MESSAGES; at += 7) {
      const text = format(locale, `message-${at}`, { n: 2, name: 'x' })
      if (!text.includes(`number ${at}`)) throw new Error(`${locale} ${at}: ${text}`)
      length += text.length
    }
  }
  const heap = after.heapUsed + after.external - before.heapUsed - before.external
  return { figures: { loaded, used, heap, resident: after.rss - before.rss }, length }
}

const [kind, name, dir] = process.argv.slice(2)
const measuring = kind === 'text' ? text(name, dir) : load(name, dir)
measuring.then((result) => process.stdout.write(`${JSON.stringify(result)}\n`))
