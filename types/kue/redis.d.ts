// `rekue/lib/redis`, where Kue has it.

import kue = require('../../index')

declare const redis: typeof kue.redis
export = redis
