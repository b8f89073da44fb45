'use strict'

/** All scenarios, in the order in which they run. */
const scenarios = [
  require('./kill'),
  require('./freeze'),
  require('./restart'),
  ...require('./connections'),
  require('./network'),
  ...require('./late'),
  require('./memory'),
  require('./missed'),
  require('./leftovers'),
  require('./clocks'),
  require('./hung'),
  require('./shutdown'),
  require('./threads'),
  require('./twice'),
  require('./churn')
]

module.exports = { scenarios }
