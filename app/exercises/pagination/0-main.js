#!/usr/bin/env node
'use strict'

const { indexRange } = require('./0-simple_helper_function')
const { tuple } = require('./python')

for (const [page, pageSize] of [
  [1, 7],
  [3, 15]
]) {
  const range = indexRange(page, pageSize)
  console.log("<class 'tuple'>")
  console.log(tuple(range))
}
