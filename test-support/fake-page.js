'use strict'

/**
 * As much of a browser as the page of `rekue.app` uses: elements with text, clicks, fetch. Text
 * stays text; there is no HTML here that data could become.
 */

class FakeElement {
  /** @param {string} tag */
  constructor(tag) {
    this.tag = tag
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

  /** @param {...(FakeElement | string)} children */
  append(...children) {
    this.children.push(...children)
  }

  /** @param {...(FakeElement | string)} children */
  replaceChildren(...children) {
    this.children = children
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
      this.elements.set(id, new FakeElement(tag))
    }
    /** What it asked the user, who says yes. @type {string[]} */
    this.asked = []
    /** @type {Set<NodeJS.Timeout>} */
    this.timers = new Set()
    /** @type {Set<Promise<any>>} */
    this.requests = new Set()
    this.left = false
    this.globals = {
      document: {
        title: '',
        hidden: false,
        getElementById: (/** @type {string} */ id) => this.byId(id),
        createElement: (/** @type {string} */ tag) => new FakeElement(tag),
        addEventListener() {}
      },
      location: new URL(address),
      confirm: (/** @type {string} */ question) => this.asked.push(question) > 0,
      setTimeout: (/** @type {() => void} */ fn) => {
        if (this.left) return undefined
        // The page's pace is for people.
        const timer = setTimeout(fn, 20)
        this.timers.add(timer)
        return timer
      },
      clearTimeout: (/** @type {NodeJS.Timeout} */ timer) => clearTimeout(timer),
      fetch: (/** @type {string} */ where, /** @type {object} */ options) => {
        const asked = fetch(new URL(where, address), options)
        this.requests.add(asked)
        asked.finally(() => this.requests.delete(asked)).catch(() => {})
        return asked
      }
    }
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
