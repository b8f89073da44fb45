// `rekue/lib/queue/test_mode`, where Kue has it.

import kue = require('../../index')

declare const testMode: kue.TestMode
export = testMode
