#!/usr/bin/env node
'use strict'

const { Server } = require('./1-simple_pagination')
const { repr } = require('./python')

/** @param {() => Promise<unknown>} call @param {string} when */
async function refused(call, when) {
  try {
    await call()
  } catch (error) {
    if (error.code !== 'ERR_INVALID_PAGE') throw error
    console.log(`AssertionError raised ${when}`)
  }
}

async function main() {
  const server = new Server()
  await refused(() => server.getPage(-10, 2), 'with negative values')
  await refused(() => server.getPage(0, 0), 'with 0')
  await refused(
    () => server.getPage(2, /** @type {any} */ ('Bob')),
    'when page and/or page_size are not ints'
  )
  console.log(repr(await server.getPage(1, 3)))
  console.log(repr(await server.getPage(3, 2)))
  console.log(repr(await server.getPage(3000, 100)))
  await server.close()
}

main()
