'use strict'

const { mustExist } = require('./existing')
const { parse, OPTIONS_TEXT } = require('./queue-options')
const Queue = require('../queue')
const { STATES } = require('../queue/states')

const USAGE = `usage: rekue stats [options]

Prints how many jobs are in each state, and the time spent on completed ones.

${OPTIONS_TEXT}
      --json          as JSON, the time in ms`

/** @param {string[]} args behind `rekue stats` */
async function run(args) {
  const { values, queue: options } = parse(args, { json: { type: 'boolean' } })
  if (values.help) return void console.log(USAGE)
  mustExist(options.store)
  const queue = new Queue(options)
  // What goes wrong is told by the call.
  queue.on('error', () => {})
  try {
    const stats = await queue.stats()
    console.log(values.json ? JSON.stringify(stats) : table(stats))
  } finally {
    await queue.close()
  }
}

/** @param {any} stats */
function table(stats) {
  const rows = STATES.map((state) => [state, String(stats[state])])
  rows.push(['work time', `${(stats.workTime / 1000).toFixed(1)} s`])
  const width = Math.max(...rows.map(([, value]) => value.length))
  return rows.map(([name, value]) => `${name.padEnd(10)}${value.padStart(width)}`).join('\n')
}

module.exports = { run }
