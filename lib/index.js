// @ts-nocheck -- tsc knows no exports that are properties of what is exported; index.d.ts says
// what they are, and __tests__/index.test.js checks that they are there.
'use strict'

const cache = require('./cache')
const i18n = require('./i18n')
const pagination = require('./pagination')
const Queue = require('./queue')
const Job = require('./queue/job')
const { redis } = require('./queue/redis')
const { version } = require('../package.json')

/** @type {any} made when it is first asked for: most programs never do */
let app

/** `require('rekue')` is the function Queue with Kue's properties on it. */
module.exports = Queue

// One assignment for each name: Node finds the names that `import { Job } from 'rekue'` may ask
// for by reading this text, and does not see through Object.assign.
module.exports.createQueue = Queue.createQueue
module.exports.Job = Job
module.exports.redis = redis
module.exports.workers = Queue.workers
module.exports.version = version
module.exports.pagination = pagination
module.exports.cache = cache
module.exports.i18n = i18n
Object.defineProperty(module.exports, 'app', {
  enumerable: true,
  configurable: true,
  get: () => (app ??= require('./http').createApp())
})
