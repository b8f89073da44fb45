'use strict'

/**
 * First in, first out, at constant cost: an array whose head moves and is cut off now and then.
 * @template T
 */
class Fifo {
  constructor() {
    /** @type {(T | undefined)[]} */
    this._items = []
    this._head = 0
  }

  get length() {
    return this._items.length - this._head
  }

  /** @param {T} item */
  push(item) {
    this._items.push(item)
  }

  /** @returns {T | undefined} */
  shift() {
    if (this._head === this._items.length) return undefined
    const item = this._items[this._head]
    this._items[this._head++] = undefined
    if (this._head === this._items.length) this.clear()
    else if (this._head > 1024 && this._head * 2 > this._items.length) {
      this._items.splice(0, this._head)
      this._head = 0
    }
    return item
  }

  /** @returns {T | undefined} */
  first() {
    return this._items[this._head]
  }

  /** @returns {T | undefined} */
  last() {
    return this._items.at(-1)
  }

  /** Put others, in their order, before all that wait. @param {Fifo<T>} others */
  takeBefore(others) {
    this._items = [...others._items.slice(others._head), ...this._items.slice(this._head)]
    this._head = 0
    others.clear()
  }

  clear() {
    this._items = []
    this._head = 0
  }
}

module.exports = { Fifo }
