/* exported dom */
'use strict'

/**
 * Elements, and how to change them in place. The page is drawn every two seconds; whoever reads,
 * selects text or has a button under the finger must not notice. So nothing is written that is
 * there already, and an element stays the same one for as long as what it shows is there.
 */
const dom = (() => {
  /** Of these the property has another name, or takes no text. */
  const ATTRIBUTES = new Set(['role', 'list', 'datetime'])

  const byId = (id) => document.getElementById(id)

  /** Write what differs. An attribute without a value is taken away. */
  function set(node, properties) {
    for (const [name, value] of Object.entries(properties)) {
      if (!name.includes('-') && !ATTRIBUTES.has(name)) {
        if (node[name] !== value) node[name] = value
      } else if (value === null) {
        node.removeAttribute(name)
      } else if (node.getAttribute(name) !== value) {
        node.setAttribute(name, value)
      }
    }
    return node
  }

  /**
   * @param {string} tag
   * @param {Record<string, any>} properties those with a hyphen are attributes
   * @param {...any} children elements, or what becomes text, never HTML
   */
  function element(tag, properties = {}, ...children) {
    const made = set(document.createElement(tag), properties)
    for (const child of children) {
      made.append(child !== null && typeof child === 'object' ? child : String(child ?? ''))
    }
    return made
  }

  function setText(node, text) {
    const now = String(text ?? '')
    if (node.textContent !== now) node.textContent = now
  }

  /**
   * Text that grows at its end. What is there stays, with what is selected of it, and it goes along
   * with the end only for those who were at the end.
   */
  function growText(node, text) {
    const before = node.textContent
    if (before === text) return
    const atEnd = node.scrollHeight - node.scrollTop - node.clientHeight < 8
    if (before !== '' && text.startsWith(before)) node.append(text.slice(before.length))
    else node.textContent = text
    if (atEnd) node.scrollTop = node.scrollHeight
  }

  /**
   * A moment in the reader's own form, and in one that programs read.
   * @param {any} at milliseconds since 1970, also as text
   * @param {string} [form] which part of it
   */
  function setTime(node, at, form = 'toLocaleString') {
    const moment = new Date(Number(at))
    const isTime = !Number.isNaN(moment.getTime())
    set(node, { datetime: isTime ? moment.toISOString() : null })
    setText(node, isTime ? moment[form]() : at)
  }

  /**
   * Have just these nodes in a parent, in this order. Who stays where it is, is not touched: a node
   * that is taken out loses the focus, even if it comes back at once.
   */
  function place(parent, nodes) {
    const focused = document.activeElement
    const wanted = new Set(nodes)
    for (const child of [...parent.children]) if (!wanted.has(child)) child.remove()
    nodes.forEach((node, at) => {
      const there = parent.children[at] ?? null
      if (there !== node) parent.insertBefore(node, there)
    })
    if (focused && focused !== document.activeElement && parent.contains(focused)) {
      focused.focus({ preventScroll: true })
    }
  }

  /**
   * A list that keeps its entries by key.
   * @template T
   * @param {any} parent
   * @param {(item: T) => any} keyOf
   * @param {(item: T) => { nodes: () => any[], update: (item: T) => void }} make
   */
  function list(parent, keyOf, make) {
    let entries = new Map()
    return {
      entries: () => [...entries.values()],
      /** @param {T[]} items */
      update(items) {
        const next = new Map()
        for (const item of items) {
          const key = keyOf(item)
          const entry = entries.get(key) ?? make(item)
          entry.update(item)
          next.set(key, entry)
        }
        entries = next
        place(
          parent,
          [...next.values()].flatMap((entry) => entry.nodes())
        )
      }
    }
  }

  return { byId, set, element, setText, growText, setTime, list }
})()
