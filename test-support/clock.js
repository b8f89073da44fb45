'use strict'

const { setTimeout: sleep } = require('node:timers/promises')

/**
 * Let the monotonic clock of this process run ahead, so that tests of long times are short, and do
 * not depend on how busy the machine is.
 *
 *   const clock = takeClock()
 *   await clock.advance(60_000)
 *   clock.release()
 */
function takeClock() {
  const real = performance.now
  let ahead = 0
  performance.now = () => real.call(performance) + ahead
  return {
    /** @param {number} ms */
    async advance(ms) {
      ahead += ms
      // A cache looks at the clock once in a millisecond.
      await sleep(5)
    },
    release() {
      performance.now = real
    }
  }
}

module.exports = { takeClock }
