'use strict'

const { Cache } = require('rekue/cache')

/** What Python's None is here: neither null nor undefined may be a key or an item. */
const isGiven = (value) => value !== null && value !== undefined

/** The interface of the exercises: what every cache of theirs has. */
class BaseCaching {
  static MAX_ITEMS = 4

  /** Print the contents, sorted by key. */
  print_cache() {
    console.log('Current cache:')
    for (const key of [...this.keys()].sort()) console.log(`${key}: ${this.peek(key)}`)
  }

  put() {
    throw new Error('put must be implemented in your cache class')
  }

  get() {
    throw new Error('get must be implemented in your cache class')
  }

  keys() {
    return []
  }

  peek() {}
}

/** A cache of MAX_ITEMS entries that says which key a policy gives up. */
class PolicyCaching extends BaseCaching {
  #cache

  /** @param {import('rekue/cache').Policy} policy */
  constructor(policy) {
    super()
    this.#cache = new Cache({
      policy,
      max: BaseCaching.MAX_ITEMS,
      onEvict: (key, value, reason) => reason === 'evict' && console.log(`DISCARD: ${key}`)
    })
  }

  /** Set an entry; a key or an item that is missing changes nothing. */
  put(key, item) {
    if (isGiven(key) && isGiven(item)) this.#cache.set(key, item)
  }

  /** The item of a key, or null. */
  get(key) {
    return isGiven(key) ? (this.#cache.get(key) ?? null) : null
  }

  keys() {
    return this.#cache.keys()
  }

  peek(key) {
    return this.#cache.peek(key)
  }
}

module.exports = { BaseCaching, PolicyCaching, isGiven }
