#!/usr/bin/env node
'use strict'

const { Server } = require('./2-hypermedia_pagination')
const { repr } = require('./python')

async function main() {
  const server = new Server()
  console.log(repr(await server.getHyper(1, 2)))
  console.log('---')
  console.log(repr(await server.getHyper(2, 2)))
  console.log('---')
  console.log(repr(await server.getHyper(100, 3)))
  console.log('---')
  console.log(repr(await server.getHyper(3000, 100)))
  await server.close()
}

main()
