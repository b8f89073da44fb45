'use strict'

/** What `kue/lib/redis` is in Kue; `rekue/redis` is another thing, node_redis's client. */
module.exports = require('../queue/redis').redis
