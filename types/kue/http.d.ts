// `rekue/lib/http`, where Kue has it.

import kue = require('../../index')

declare const app: kue.WebApp
export = app
