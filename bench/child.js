'use strict'

/**
 * The main file of a measuring process: plays one role (lib/roles) of one adapter.
 * It sends `ready`, and then answers each order of the parent with one message.
 */

const adapters = require('./adapters')

async function main() {
  const task = JSON.parse(process.argv[2])
  const play = require(`./lib/roles/${task.role}`)
  const orders = await play(adapters.load(task.adapter), task)
  process.on('message', async (order) => {
    try {
      process.send?.(await orders[String(order)]())
    } catch (err) {
      fail(err)
    }
  })
  process.send?.('ready')
}

function fail(err) {
  console.error(err)
  process.exit(1)
}

process.on('unhandledRejection', fail)
process.on('disconnect', () => process.exit(1))
main().catch(fail)
