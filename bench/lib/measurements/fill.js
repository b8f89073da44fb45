'use strict'

const { Child } = require('../child')

const IN_FLIGHT = 1000

/** Put the waiting jobs of a row into the queue, by a process that is gone before the clock runs. */
async function fill({ connection, adapter, name }, row) {
  const how = adapter.bulk ? { batch: IN_FLIGHT } : { inFlight: IN_FLIGHT }
  const { jobs, bytes } = row
  const child = await Child.ready({
    ...connection,
    jobs,
    bytes,
    ...how,
    adapter: name,
    role: 'creator'
  })
  try {
    await child.ask('go')
  } finally {
    await child.end()
  }
}

module.exports = { fill }
