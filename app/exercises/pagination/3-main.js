#!/usr/bin/env node
'use strict'

const { Server } = require('./3-hypermedia_del_pagination')
const { repr } = require('./python')

async function main() {
  const server = new Server()
  const dataset = await server.dataset()
  try {
    await server.getHyperIndex(300000, 100)
  } catch (error) {
    if (error.code !== 'ERR_INDEX_OUT_OF_RANGE') throw error
    console.log('AssertionError raised when out of range')
  }
  const index = 3
  const pageSize = 2
  console.log(`Nb items: ${dataset.length}`)

  // 1- request first index
  const first = await server.getHyperIndex(index, pageSize)
  console.log(repr(first))

  // 2- request next index
  console.log(repr(await server.getHyperIndex(first.next_index, pageSize)))

  // 3- remove the first index
  dataset.delete(first.index)
  console.log(`Nb items: ${dataset.length}`)

  // 4- request again the initial index -> the initial data retrieved is not the same
  console.log(repr(await server.getHyperIndex(index, pageSize)))

  // 5- request again initial next index -> same data page as the request 2-
  console.log(repr(await server.getHyperIndex(first.next_index, pageSize)))
  await server.close()
}

main()
