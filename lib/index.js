'use strict'

const cache = require('./cache')
const Queue = require('./queue')
const Job = require('./queue/job')
const { version } = require('../package.json')

/** `require('rekue')` is the function Queue with Kue's properties on it. */
module.exports = Object.assign(Queue, { Job, version, cache })
