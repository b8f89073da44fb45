'use strict'

const { BaseCaching, isGiven } = require('./base_caching')

/** A cache without a limit: a Map is all it takes. */
class BasicCache extends BaseCaching {
  #items = new Map()

  put(key, item) {
    if (isGiven(key) && isGiven(item)) this.#items.set(key, item)
  }

  get(key) {
    return this.#items.get(key) ?? null
  }

  keys() {
    return this.#items.keys()
  }

  peek(key) {
    return this.#items.get(key)
  }
}

module.exports = { BasicCache }
