'use strict'

/**
 * The drivers of the exercises: `node main.js 0|1|2|3|4|100`. In a script, a letter alone is read,
 * `K=item` is put, and `!` prints the cache.
 */

const FIRST = 'A=Hello B=World C=Holberton D=School !'
const READS = `${FIRST} B E=Battery ! C=Street ! A B C F=Mission ! G=San_Francisco !`

const DRIVERS = {
  0: ['./0-basic_cache', 'A=Hello B=World C=Holberton ! A B C D ! D=School E=Battery A=Street ! A'],
  1: ['./1-fifo_cache', `${FIRST} E=Battery ! C=Street ! F=Mission !`],
  2: ['./2-lifo_cache', `${FIRST} E=Battery ! C=Street ! F=Mission ! G=San_Francisco !`],
  3: ['./3-lru_cache', `${READS} H=H ! I=I ! J=J ! K=K !`],
  4: ['./4-mru_cache', `${READS} H=H ! I=I ! J=J ! K=K !`],
  100: ['./100-lfu_cache', `${READS} H=H ! I=I ! I H I H I H J=J ! K=K ! L=L ! M=M !`]
}

/** Do the steps of a script with a cache, as the original drivers do. */
function drive(cache, script) {
  cache.print_cache()
  for (const step of script.split(' ')) {
    if (step === '!') cache.print_cache()
    else if (step.includes('=')) cache.put(...step.replace('_', ' ').split('='))
    else console.log(cache.get(step) ?? 'None')
  }
}

const driver = DRIVERS[process.argv[2]]
if (driver === undefined) {
  console.error(`usage: node main.js ${Object.keys(DRIVERS).join('|')}`)
  process.exitCode = 1
} else {
  const [Class] = Object.values(require(driver[0]))
  drive(new Class(), driver[1])
}
