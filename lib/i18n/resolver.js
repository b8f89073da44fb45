'use strict'

/**
 * Runs the program of a message. What comes out, also of wrong arguments, is what @fluent/bundle
 * makes of it; what differs on purpose is in docs/i18n.md.
 */

const { isDate } = require('node:util/types')
const { directionOf, isolate, mixes } = require('./direction')
const { escapeHtml } = require('./escape')
const { NONE, dateFormatter, numberFormatter, pluralSelector } = require('./formatters')
const { KIND, literalOptions, readPrograms } = require('./program')

/** @import { Element, Expression, Pattern } from './program' */
/** @typedef {InstanceType<typeof import('./formatters').Options>} Options */

/** As in @fluent/bundle: against texts that contain each other and grow without end. */
const MAX_PLACEABLES = 100
/** The longest text that is made of placeables, in UTF-16 units. */
const MAX_LENGTH = 10_000_000

const NOTHING = '{???}'

/** A number with options of its own. */
class NumberValue {
  /** @param {number} value @param {Options} options */
  constructor(value, options) {
    this.value = value
    this.options = options
  }
}

/** A moment, in ms, with options. */
class DateValue {
  /** @param {number | Date} value @param {Options} options */
  constructor(value, options) {
    this.value = value
    this.options = options
  }
}

/** What stands for a value that is not there. */
class Missing {
  /** @param {string} name */
  constructor(name) {
    this.name = name
  }
}

/** @typedef {string | number | NumberValue | DateValue | Missing} Value */

/** The messages of one locale. They are read from their programs when the first is asked for. */
class Bundle {
  /** @type {(() => string[]) | null} */ #programs
  /** @type {ReturnType<typeof readPrograms> | null} */ #read = null

  /**
   * @param {string} locale
   * @param {() => string[]} programs
   */
  constructor(locale, programs) {
    this.locale = locale
    this.direction = directionOf(locale)
    this.#programs = programs
  }

  #open() {
    const read = readPrograms(this.#programs ? this.#programs() : [])
    this.#programs = null
    return (this.#read = read)
  }

  /** `id` or `id.attribute`; null where there are only attributes. */
  message(/** @type {string} */ key) {
    return (this.#read ?? this.#open()).messages.get(key)
  }

  /** `-id` or `-id.attribute` */
  term(/** @type {string} */ key) {
    return (this.#read ?? this.#open()).terms.get(key)
  }

  /** The ids of all messages, attributes left out. */
  ids() {
    return [...(this.#read ?? this.#open()).messages.keys()].filter((key) => !key.includes('.'))
  }
}

/**
 * How texts are to be made.
 * @typedef {object} Manner
 * @property {boolean | 'auto'} isolating
 * @property {boolean} escape for HTML
 * @property {string} timeZone
 */

/** One message on its way. */
class Scope {
  /**
   * @param {Bundle} bundle
   * @param {Pattern} root
   * @param {any} args
   * @param {Manner} manner
   * @param {Error[] | null} errors
   */
  constructor(bundle, root, args, manner, errors) {
    this.bundle = bundle
    this.root = root
    this.args = args
    this.manner = manner
    this.errors = errors
    /** A term's own arguments, while it is resolved. @type {Map<string, Value> | null} */
    this.params = null
    /** The patterns of messages and terms that are being resolved. @type {Pattern[] | null} */
    this.open = null
    this.placeables = 0
    this.length = 0
    /** Whether there is text around what is being resolved. */
    this.embedded = false
  }

  /** @param {() => Error} make not called where nobody listens */
  report(make) {
    if (this.errors !== null) this.errors.push(make())
  }
}

/**
 * The text of a pattern. It throws nothing: a fatal error gives `{???}`, and any error is put into
 * `errors` if there is such an array.
 * @param {Bundle} bundle
 * @param {Pattern} pattern
 * @param {any} args
 * @param {Manner} manner
 * @param {Error[] | null} errors
 * @returns {string}
 */
function format(bundle, pattern, args, manner, errors) {
  if (typeof pattern === 'string') return pattern
  const scope = new Scope(bundle, pattern, args, manner, errors)
  try {
    return resolveElements(scope, pattern)
  } catch (error) {
    if (errors !== null) errors.push(/** @type {Error} */ (error))
    return NOTHING
  }
}

/**
 * @param {Scope} scope
 * @param {Pattern} pattern
 */
function resolvePattern(scope, pattern) {
  return typeof pattern === 'string' ? pattern : resolveElements(scope, pattern)
}

/**
 * @param {Scope} scope
 * @param {Element[]} elements
 */
function resolveElements(scope, elements) {
  const alone = elements.length === 1
  const isolating = scope.manner.isolating === true && !alone
  const embedded = scope.embedded
  if (!alone) scope.embedded = true
  let text = ''
  for (let at = 0; at < elements.length; at++) {
    const element = elements[at]
    if (typeof element === 'string') {
      text += element
      continue
    }
    if (++scope.placeables > MAX_PLACEABLES) {
      throw new RangeError(
        `More than ${MAX_PLACEABLES} placeables would be expanded for one message`
      )
    }
    const value = textOf(scope, element)
    scope.length += value.length
    if (scope.length > MAX_LENGTH) {
      throw new RangeError(`The text of a message would be longer than ${MAX_LENGTH}`)
    }
    text += isolating ? isolate(value) : value
  }
  scope.embedded = embedded
  return text
}

/**
 * The text that an expression puts into a pattern.
 * @param {Scope} scope
 * @param {Expression} expression
 * @returns {string}
 */
function textOf(scope, expression) {
  switch (expression[0]) {
    case KIND.VARIABLE: {
      const value = variable(scope, expression[1])
      if (typeof value === 'string') return argumentText(scope, value)
      return show(scope, value)
    }
    case KIND.TEXT:
      return expression[1]
    case KIND.SELECT:
      return resolvePattern(scope, variantOf(scope, expression))
    default:
      return show(scope, evaluate(scope, expression))
  }
}

/**
 * The value of an expression.
 * @param {Scope} scope
 * @param {Expression} expression
 * @returns {Value}
 */
function evaluate(scope, expression) {
  switch (expression[0]) {
    case KIND.VARIABLE:
      return variable(scope, expression[1])
    case KIND.NUMBER:
      return new NumberValue(expression[1], expression[2])
    case KIND.TEXT:
      return expression[1]
    case KIND.MESSAGE:
      return reference(scope, expression[1], scope.bundle.message(expression[1]), scope.params)
    case KIND.TERM:
      return reference(
        scope,
        expression[1],
        scope.bundle.term(expression[1]),
        paramsOf(expression[3])
      )
    case KIND.CALL:
      return call(scope, expression)
    default:
      return textOf(scope, expression)
  }
}

/** @returns {Map<string, Value>} */
function paramsOf(named) {
  const params = new Map()
  for (let at = 0; at < named.length; at += 2) {
    const literal = named[at + 1]
    params.set(
      named[at],
      typeof literal === 'string'
        ? literal
        : new NumberValue(literal[1], literalOptions(literal[2]))
    )
  }
  return params
}

/**
 * The value of a variable.
 * @param {Scope} scope
 * @param {string} name
 * @returns {Value}
 */
function variable(scope, name) {
  if (scope.params !== null) {
    // A term that is not told something makes do without.
    return scope.params.get(name) ?? new Missing(`$${name}`)
  }
  let value
  try {
    const { args } = scope
    if (args === null || args === undefined || !Object.hasOwn(args, name)) {
      scope.report(() => new ReferenceError(`Unknown variable: $${name}`))
      return new Missing(`$${name}`)
    }
    value = args[name]
    if (typeof value === 'string' || typeof value === 'number') return value
    if (isDate(value)) return new DateValue(value, NONE)
  } catch (cause) {
    scope.report(() => new TypeError(`The variable $${name} cannot be read`, { cause }))
    return new Missing(`$${name}`)
  }
  scope.report(() => new TypeError(`Variable type not supported: $${name}, ${typeof value}`))
  return new Missing(`$${name}`)
}

/**
 * The text of a message or a term that another refers to.
 * @param {Scope} scope
 * @param {string} key
 * @param {Pattern | null | undefined} pattern
 * @param {Map<string, Value> | null} params
 * @returns {Value}
 */
function reference(scope, key, pattern, params) {
  if (pattern === undefined || pattern === null) return unknown(scope, key, pattern)
  if (typeof pattern === 'string') return pattern
  const open = (scope.open ??= [scope.root])
  if (open.includes(pattern)) {
    scope.report(() => new RangeError(`Cyclic reference: ${key}`))
    return new Missing('???')
  }
  const before = scope.params
  scope.params = params
  open.push(pattern)
  const text = resolveElements(scope, pattern)
  open.pop()
  scope.params = before
  return text
}

/**
 * @param {Scope} scope
 * @param {string} key
 * @param {null | undefined} pattern
 */
function unknown(scope, key, pattern) {
  const dot = key.indexOf('.')
  const id = dot < 0 ? key : key.slice(0, dot)
  const isTerm = key.startsWith('-')
  const known = (isTerm ? scope.bundle.term(id) : scope.bundle.message(id)) !== undefined
  scope.report(() => {
    if (!known) return new ReferenceError(`Unknown ${isTerm ? 'term' : 'message'}: ${id}`)
    if (pattern === null) return new ReferenceError(`No value: ${key}`)
    return new ReferenceError(`Unknown attribute: ${key.slice(dot + 1)}`)
  })
  return new Missing(known ? key : id)
}

/**
 * NUMBER and DATETIME; there are no others.
 * @param {Scope} scope
 * @param {Expression} expression
 * @returns {Value}
 */
function call(scope, [, name, positional, options]) {
  if (name !== 'NUMBER' && name !== 'DATETIME') {
    scope.report(() => new ReferenceError(`Unknown function: ${name}()`))
    return new Missing(`${name}()`)
  }
  const argument = positional.length > 0 ? evaluate(scope, positional[0]) : undefined
  // The others count for nothing, but what is wrong with them is still reported.
  for (let at = 1; at < positional.length; at++) evaluate(scope, positional[at])
  if (argument instanceof Missing) return new Missing(`${name}(${argument.name})`)
  if (name === 'NUMBER') {
    if (typeof argument === 'number') return new NumberValue(argument, options)
    if (argument instanceof NumberValue) {
      return new NumberValue(argument.value, argument.options.with(options))
    }
    if (argument instanceof DateValue) return new NumberValue(Number(argument.value), options)
  } else {
    if (typeof argument === 'number') return new DateValue(argument, options)
    if (argument instanceof NumberValue) return new DateValue(argument.value, options)
    if (argument instanceof DateValue) {
      return new DateValue(argument.value, argument.options.with(options))
    }
  }
  scope.report(() => new TypeError(`Invalid argument to ${name}`))
  return new Missing(`${name}()`)
}

/**
 * The pattern that a selector chooses.
 * @param {Scope} scope
 * @param {Expression} expression
 * @returns {Pattern}
 */
function variantOf(scope, [, selector, variants, byDefault]) {
  const value = evaluate(scope, selector)
  if (typeof value === 'string') {
    for (let at = 0; at < variants.length; at += 2) {
      if (variants[at] === value) return variants[at + 1]
    }
    return byDefault
  }
  const isPlain = typeof value === 'number'
  if (!isPlain && !(value instanceof NumberValue)) return byDefault
  const number = isPlain ? value : value.value
  let category
  for (let at = 0; at < variants.length; at += 2) {
    const key = variants[at]
    if (typeof key === 'number') {
      if (key === number) return variants[at + 1]
      continue
    }
    category ??= pluralSelector(scope.bundle.locale, isPlain ? NONE : value.options).select(number)
    if (key === category) return variants[at + 1]
  }
  return byDefault
}

/**
 * @param {Scope} scope
 * @param {Value} value
 * @returns {string}
 */
function show(scope, value) {
  if (typeof value === 'number') return showNumber(scope, value, NONE)
  if (typeof value === 'string') return value
  if (value instanceof NumberValue) return showNumber(scope, value.value, value.options)
  if (value instanceof DateValue) return showDate(scope, value)
  return `{${value.name}}`
}

/**
 * @param {Scope} scope
 * @param {number} value
 * @param {Options} options
 */
function showNumber(scope, value, options) {
  try {
    return numberFormatter(scope.bundle.locale, options).format(value)
  } catch (error) {
    scope.report(() => /** @type {Error} */ (error))
    return String(value)
  }
}

/**
 * @param {Scope} scope
 * @param {DateValue} date
 */
function showDate(scope, { value, options }) {
  try {
    return dateFormatter(scope.bundle.locale, options, scope.manner.timeZone).format(value)
  } catch (error) {
    scope.report(() => /** @type {Error} */ (error))
    // This throws for a date that is none, and then the whole message comes to nothing.
    return new Date(value).toISOString()
  }
}

/**
 * Text from outside, made safe for where it goes.
 * @param {Scope} scope
 * @param {string} text
 */
function argumentText(scope, text) {
  const { escape, isolating } = scope.manner
  const safe = escape && scope.params === null ? escapeHtml(text) : text
  const alone = isolating !== 'auto' || !scope.embedded
  return alone || !mixes(scope.bundle.direction, text) ? safe : isolate(safe)
}

module.exports = { Bundle, MAX_PLACEABLES, format }
