'use strict'

// The global as it was when this was loaded: tests replace it, and the queue is to go on.
const { queueMicrotask } = globalThis

module.exports = { queueMicrotask }
