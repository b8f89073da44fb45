'use strict'

const assert = require('node:assert/strict')

/**
 * As much of a browser as the page of `rekue.app` uses: elements with text, clicks and a focus, a
 * history, a network that can be held up. Text stays text; there is no HTML here that data could
 * become.
 */

/** An element that knows where it is, and that loses the focus when it is taken from there. */
class FakeElement {
  /** @param {string} tag @param {FakePage} page */
  constructor(tag, page) {
    this.tag = tag
    this.page = page
    /** @type {FakeElement | null} */
    this.parent = null
    /** @type {(FakeElement | string)[]} */
    this.children = []
    /** @type {Record<string, string>} */
    this.attributes = {}
    /** @type {Record<string, ((event: any) => void)[]>} */
    this.listeners = {}
    this.value = ''
    this.disabled = false
    /** @type {(() => void) | undefined} */
    this.onclick = undefined
  }

  get textContent() {
    return this.children
      .map((child) => (typeof child === 'string' ? child : child.textContent))
      .join('')
  }

  set textContent(text) {
    this.children = text === '' ? [] : [String(text)]
  }

  get isConnected() {
    return this.parent ? this.parent.isConnected : [...this.page.elements.values()].includes(this)
  }

  /** @param {...(FakeElement | string)} nodes */
  append(...nodes) {
    for (const node of nodes) this.insertBefore(node, null)
  }

  /** @param {FakeElement | string} node @param {FakeElement | null} before */
  insertBefore(node, before) {
    if (typeof node !== 'string') {
      node.remove()
      node.parent = this
    }
    this.children.splice(before ? this.children.indexOf(before) : this.children.length, 0, node)
  }

  remove() {
    const { document } = this.page.globals
    if (this.contains(document.activeElement)) document.activeElement = document.body
    if (this.parent) this.parent.children.splice(this.parent.children.indexOf(this), 1)
    this.parent = null
  }

  /** @param {FakeElement} other */
  contains(other) {
    return [...this.all()].includes(other)
  }

  focus() {
    this.page.globals.document.activeElement = this
  }

  /** @param {string} name */
  getAttribute(name) {
    return this.attributes[name] ?? null
  }

  /** @param {string} name */
  removeAttribute(name) {
    delete this.attributes[name]
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes[name] = value
  }

  /** @param {string} type @param {(event: any) => void} listener */
  addEventListener(type, listener) {
    ;(this.listeners[type] ??= []).push(listener)
  }

  /** @param {string} type */
  fire(type) {
    for (const listener of this.listeners[type] || []) listener({ preventDefault() {} })
  }

  click() {
    this.onclick?.()
    this.fire('click')
  }

  /** @returns {Generator<FakeElement>} */
  *all() {
    yield this
    for (const child of this.children) if (typeof child !== 'string') yield* child.all()
  }
}

class FakePage {
  /**
   * @param {string} html of which the ids count
   * @param {string} address
   */
  constructor(html, address) {
    /** @type {Map<string, FakeElement>} */
    this.elements = new Map()
    for (const [, tag, id] of html.matchAll(/<(\w+)[^>]*\sid="([^"]+)"/g)) {
      this.elements.set(id, new FakeElement(tag, this))
    }
    /** What it asked the user, who says yes. @type {string[]} */
    this.asked = []
    /** Paths of which it has an answer. @type {string[]} */
    this.answered = []
    /** How many ms it wanted to wait before it asks again. @type {number[]} */
    this.waits = []
    /** Asked before each request: what it waits for, or throws. */
    this.network = async (/** @type {string} */ _where, /** @type {any} */ _options) => {}
    /** @type {Set<NodeJS.Timeout>} */
    this.timers = new Set()
    /** @type {Set<Promise<any>>} */
    this.requests = new Set()
    this.left = false
    const body = new FakeElement('body', this)
    const location = new URL(address)
    const past = [location.href]
    /** @type {(() => void)[]} */
    const listeners = []
    /** @type {any} */
    this.globals = {
      AbortController,
      AbortSignal,
      URLSearchParams,
      document: {
        title: '',
        hidden: false,
        body,
        activeElement: body,
        getElementById: (/** @type {string} */ id) => this.byId(id),
        createElement: (/** @type {string} */ tag) => new FakeElement(tag, this),
        addEventListener() {}
      },
      location,
      history: {
        pushState: (
          /** @type {any} */ _state,
          /** @type {string} */ _title,
          /** @type {string} */ where
        ) => {
          location.href = new URL(where, location.href).href
          past.push(location.href)
        },
        replaceState: (
          /** @type {any} */ _state,
          /** @type {string} */ _title,
          /** @type {string} */ where
        ) => {
          location.href = past[past.length - 1] = new URL(where, location.href).href
        },
        back: () => {
          past.pop()
          location.href = String(past.at(-1))
          for (const listener of listeners) listener()
        }
      },
      addEventListener: (/** @type {string} */ type, /** @type {() => void} */ listener) => {
        assert.equal(type, 'popstate')
        listeners.push(listener)
      },
      confirm: (/** @type {string} */ question) => this.asked.push(question) > 0,
      setTimeout: (/** @type {() => void} */ fn, /** @type {number} */ ms) => {
        if (this.left) return undefined
        this.waits.push(ms)
        // The page's pace is for people.
        const timer = setTimeout(fn, 20)
        this.timers.add(timer)
        return timer
      },
      clearTimeout: (/** @type {NodeJS.Timeout} */ timer) => clearTimeout(timer),
      fetch: (/** @type {string} */ where, /** @type {object} */ options) => {
        const asked = this._fetch(where, options)
        this.requests.add(asked)
        asked.finally(() => this.requests.delete(asked)).catch(() => {})
        return asked
      }
    }
  }

  /** @param {string} where @param {object} options */
  async _fetch(where, options) {
    await this.network(where, options)
    const response = await fetch(new URL(where, this.globals.location.href), options)
    this.answered.push(where)
    return response
  }

  /** What comes after the folder in its address. */
  get at() {
    return this.globals.location.href.replace(/^.*\//, '')
  }

  /** The row of a job. @param {any} id */
  row(id) {
    return this.byId('jobs').children.find(
      (/** @type {any} */ row) => row.children[1]?.textContent === String(id)
    )
  }

  /** A part of a job's row, or of any other element. @param {any} root @param {string} tag */
  part(root, tag, text = /(?:)/) {
    return [...root.all()].find((node) => node.tag === tag && text.test(node.textContent))
  }

  /** @param {string} id @returns {any} */
  byId(id) {
    const found = this.elements.get(id)
    if (!found) throw new Error(`the page has no element with the id "${id}"`)
    return found
  }

  /** The first button with this text. @param {string} text */
  button(text) {
    for (const root of this.elements.values()) {
      for (const element of root.all()) {
        if (element.tag === 'button' && element.textContent === text) return element
      }
    }
    throw new Error(`the page has no button "${text}"`)
  }

  /** Close it: nothing is asked any more. */
  async leave() {
    this.left = true
    for (const timer of this.timers) clearTimeout(timer)
    await Promise.allSettled([...this.requests])
  }
}

module.exports = { FakePage }
