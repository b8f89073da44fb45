'use strict'

/** What `kue/lib/queue/test_mode` is in Kue, and one with `queue.testMode`. */
module.exports = require('../queue/test-mode').testMode
