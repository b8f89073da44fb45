'use strict'

/**
 * The replacement policies once more, as plainly as they can be said: arrays, searched and spliced.
 * `place(key)` brings a key in, making room first; `use(key, how)` is a hit or an update.
 */

class Model {
  constructor(capacity) {
    this.capacity = capacity
    /** Keys, the oldest first. */
    this.queue = []
  }
  has(key) {
    return this.queue.includes(key)
  }
  keys() {
    return [...this.queue]
  }
  remove(key) {
    this.queue = this.queue.filter((each) => each !== key)
  }
  toEnd(key) {
    this.remove(key)
    this.queue.push(key)
  }
  use() {}
  insert(key) {
    this.queue.push(key)
  }
  place(key) {
    if (this.keys().length >= this.capacity) this.remove(this.victim())
    this.insert(key)
  }
}

class Fifo extends Model {
  victim() {
    return this.queue[0]
  }
}

class Lifo extends Model {
  use(key, how) {
    if (how === 'update') this.toEnd(key)
  }
  victim() {
    return this.queue.at(-1)
  }
}

class Lru extends Fifo {
  use(key) {
    this.toEnd(key)
  }
}

class Mru extends Lru {
  victim() {
    return this.queue.at(-1)
  }
}

class Lfu extends Model {
  counts = new Map()
  insert(key) {
    this.counts.set(key, 1)
    super.insert(key)
  }
  use(key) {
    this.counts.set(key, this.counts.get(key) + 1)
    this.toEnd(key)
  }
  victim() {
    const least = Math.min(...this.queue.map((key) => this.counts.get(key)))
    return this.queue.find((key) => this.counts.get(key) === least)
  }
}

class Sieve extends Model {
  visited = new Set()
  /** The key under the hand; undefined: begin at the oldest. */
  hand = undefined
  remove(key) {
    if (this.hand === key) this.hand = this.queue[this.queue.indexOf(key) + 1]
    this.visited.delete(key)
    super.remove(key)
  }
  use(key) {
    this.visited.add(key)
  }
  victim() {
    let at = Math.max(0, this.queue.indexOf(this.hand))
    while (this.visited.delete(this.queue[at])) at = (at + 1) % this.queue.length
    return (this.hand = this.queue[at])
  }
}

class S3Fifo extends Model {
  small = []
  main = []
  ghost = []
  counts = new Map()
  constructor(capacity) {
    super(capacity)
    this.mainRoom = capacity - Math.max(1, Math.floor(capacity / 10))
  }
  has(key) {
    return this.small.includes(key) || this.main.includes(key)
  }
  keys() {
    return [...this.small, ...this.main]
  }
  remove(key) {
    this.small = this.small.filter((each) => each !== key)
    this.main = this.main.filter((each) => each !== key)
  }
  use(key) {
    this.counts.set(key, Math.min(3, this.counts.get(key) + 1))
  }
  evictFromMain() {
    for (;;) {
      const key = this.main.shift()
      const count = this.counts.get(key)
      if (count === 0) return
      this.counts.set(key, count - 1)
      this.main.push(key)
    }
  }
  evictFromSmall() {
    while (this.small.length > 0) {
      const key = this.small.shift()
      if (this.counts.get(key) < 2) {
        this.ghost.push(key)
        if (this.ghost.length > this.mainRoom) this.ghost.shift()
        return
      }
      this.counts.set(key, 0)
      this.main.push(key)
      if (this.main.length > this.mainRoom) this.evictFromMain()
    }
  }
  place(key) {
    const known = this.ghost.includes(key)
    this.ghost = this.ghost.filter((each) => each !== key)
    while (this.keys().length >= this.capacity) {
      if (this.main.length > this.mainRoom || this.small.length === 0) this.evictFromMain()
      else this.evictFromSmall()
    }
    this.counts.set(key, 0)
    if (known) this.main.push(key)
    else this.small.push(key)
  }
}

/** Counters of the sketch as plain numbers, found by the same arithmetic in big integers. */
class Counters {
  counts = new Map()
  constructor(capacity, hashKey) {
    this.hashKey = hashKey
    let words = 256
    while (words < capacity) words *= 2
    this.blocks = BigInt(words / 8)
  }
  names(key) {
    const mask = (1n << 64n) - 1n
    let spread = (BigInt(this.hashKey(key)) * 0x9e3779b97f4a7c15n) & mask
    spread = ((spread ^ (spread >> 32n)) * 0xd6e8feb86659fd93n) & mask
    const block = spread & (this.blocks - 1n)
    return [0n, 1n, 2n, 3n].map((row) => {
      const bits = (spread >> (32n + row * 8n)) & 0x1fn
      return `${block}.${row}.${bits & 1n}.${bits >> 1n}`
    })
  }
  get(key) {
    return Math.min(...this.names(key).map((name) => this.counts.get(name) ?? 0))
  }
  raise(key, count) {
    for (const name of this.names(key)) {
      this.counts.set(name, Math.max(count, this.counts.get(name) ?? 0))
    }
  }
  halve() {
    for (const [name, count] of this.counts) this.counts.set(name, Math.floor(count / 2))
  }
}

class WTinyLfu extends Model {
  window = []
  probation = []
  safe = []
  share = 0.01
  step = -0.0625
  hits = 0
  requests = 0
  lastRatio = 0
  dice = 0x9e3779b9
  /** Key -> how often a resident entry was seen. */
  seen = new Map()
  counted = 0
  constructor(capacity, hashKey) {
    super(capacity)
    this.sample = capacity * 10
    this.sketch = new Counters(capacity, hashKey)
  }
  get windowRoom() {
    return Math.max(1, Math.floor(this.capacity * this.share))
  }
  get safeRoom() {
    return Math.floor((this.capacity - this.windowRoom) * 0.8)
  }
  has(key) {
    return this.keys().includes(key)
  }
  keys() {
    return [...this.window, ...this.probation, ...this.safe]
  }
  remove(key) {
    for (const segment of ['window', 'probation', 'safe']) {
      this[segment] = this[segment].filter((each) => each !== key)
    }
    this.sketch.raise(key, this.seen.get(key))
    this.seen.delete(key)
  }
  count(key, hit) {
    const before = this.seen.get(key) ?? this.sketch.get(key)
    this.seen.set(key, Math.min(15, before + 1))
    if (before < 15) this.counted++
    if (this.counted >= this.sample) {
      for (const [each, count] of this.seen) this.seen.set(each, Math.floor(count / 2))
      this.sketch.halve()
      this.counted = Math.floor(this.counted / 2)
    }
    this.requests++
    if (hit) this.hits++
    if (this.requests < this.sample) return
    const ratio = this.hits / this.requests
    const change = ratio - this.lastRatio
    const step = change >= 0 ? this.step : -this.step
    this.share = Math.min(0.8, Math.max(0.01, this.share + step))
    this.step = Math.abs(change) >= 0.05 ? 0.0625 * Math.sign(step) : step * 0.98
    this.hits = this.requests = 0
    this.lastRatio = ratio
  }
  use(key) {
    this.count(key, true)
    const from = ['window', 'probation', 'safe'].find((segment) => this[segment].includes(key))
    this[from] = this[from].filter((each) => each !== key)
    this[from === 'window' ? 'window' : 'safe'].push(key)
  }
  shrinkWindow(room) {
    const candidate = this.window.length > room ? this.window[0] : undefined
    while (this.window.length > room) this.probation.push(this.window.shift())
    return candidate
  }
  admits(candidate, victim) {
    const [mine, theirs] = [this.seen.get(candidate), this.seen.get(victim)]
    if (mine > theirs) return true
    this.dice ^= this.dice << 13
    this.dice ^= this.dice >>> 17
    this.dice ^= this.dice << 5
    return mine >= 6 && (this.dice & 127) === 0
  }
  place(key) {
    if (this.keys().length >= this.capacity) {
      while (this.safe.length > this.safeRoom) this.probation.push(this.safe.shift())
      const candidate = this.shrinkWindow(this.windowRoom - 1)
      const victim = this.probation[0] ?? this.safe[0] ?? this.window[0]
      const stays =
        candidate === undefined || candidate === victim || this.admits(candidate, victim)
      this.remove(stays ? victim : candidate)
    }
    this.count(key, false)
    this.window.push(key)
    this.shrinkWindow(this.windowRoom)
  }
}

module.exports = {
  MODELS: {
    fifo: Fifo,
    lifo: Lifo,
    lru: Lru,
    mru: Mru,
    lfu: Lfu,
    sieve: Sieve,
    s3fifo: S3Fifo,
    wtinylfu: WTinyLfu
  }
}
