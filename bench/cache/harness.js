'use strict'

/**
 * How the benches of the caches measure: every figure comes from a fresh process, the contestants
 * take turns, and medians are compared.
 */

const { execFileSync } = require('node:child_process')

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

/**
 * Measure contestants in turns.
 * @param {string} file prints one number when it is called with `--one` and the arguments
 * @param {Map<string, string[]>} contestants name -> arguments
 * @param {number} rounds
 * @returns {Map<string, number>} name -> median
 */
function measure(file, contestants, rounds) {
  const samples = new Map([...contestants.keys()].map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, args] of contestants) {
      samples
        .get(name)
        .push(Number(execFileSync(process.execPath, ['--expose-gc', file, '--one', ...args])))
    }
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]))
}

/** Print medians, and how they compare with those of `base`. */
function print(title, medians, base, unit) {
  console.log(`\n${title}`)
  for (const [name, value] of medians) {
    const ratio = (value / medians.get(base)).toFixed(2)
    console.log(`  ${name.padEnd(20)} ${value.toFixed(1).padStart(9)} ${unit}   ${ratio} x ${base}`)
  }
}

/** Numbers from 0 up to 1, the same in every process. */
function randomFrom(seed) {
  let x = seed
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return x / 2 ** 32
  }
}

/** `length` ranks below `keys`, with probability proportional to 1 / rank. */
function zipf(keys, length) {
  const upTo = new Float64Array(keys)
  let sum = 0
  for (let i = 0; i < keys; i++) upTo[i] = sum += 1 / (i + 1)
  const random = randomFrom(4711)
  return Uint32Array.from({ length }, () => {
    const at = random() * sum
    let [low, high] = [0, keys - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (upTo[middle] < at) low = middle + 1
      else high = middle
    }
    return low
  })
}

module.exports = { measure, print, randomFrom, zipf, median }
