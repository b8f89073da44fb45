'use strict'

// The globals as they were when this was loaded: tests replace them, and the queue is to go on.
const { queueMicrotask } = globalThis
const { nextTick } = process

module.exports = { nextTick, queueMicrotask }
