'use strict'

/**
 * Addresses of pages: a URL with one parameter to be filled in and all others as they were.
 */

/**
 * @typedef {{ before: string, after: string }} Link the two sides of the value
 * @typedef {{ path: string, query: string[], hash: string }} Parts the query in pieces, undecoded
 */

/**
 * @param {string} url
 * @returns {Parts}
 */
function split(url) {
  const hashAt = url.indexOf('#')
  const hash = hashAt === -1 ? '' : url.slice(hashAt)
  const whole = hashAt === -1 ? url : url.slice(0, hashAt)
  const queryAt = whole.indexOf('?')
  const query = queryAt === -1 ? '' : whole.slice(queryAt + 1)
  return {
    path: queryAt === -1 ? whole : whole.slice(0, queryAt),
    query: query.split('&').filter((piece) => piece !== ''),
    hash
  }
}

/**
 * The name that a piece of a query gives, decoded as a form is; undefined where it cannot be.
 * @param {string} text
 * @returns {string | undefined}
 */
function decode(text) {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** @param {string} piece */
function nameOf(piece) {
  const at = piece.indexOf('=')
  return decode(at === -1 ? piece : piece.slice(0, at))
}

/**
 * The address with `name` left open. Where the query has it already it keeps its place; other
 * parameters stay as they are, but for those in `set`, which are given anew.
 * @param {Parts} parts
 * @param {string} name
 * @param {Record<string, string | number>} [set]
 * @param {string[]} [drop] parameters to leave out
 * @returns {Link}
 */
function linkAround(parts, name, set = {}, drop = []) {
  const rest = parts.query.filter((piece) => {
    const found = nameOf(piece)
    return found === undefined || !(Object.hasOwn(set, found) || drop.includes(found))
  })
  const place = rest.findIndex((piece) => nameOf(piece) === name)
  const at = place === -1 ? rest.length : place
  const before = rest.slice(0, at)
  const behind = rest.slice(at).filter((piece) => nameOf(piece) !== name)
  for (const [key, value] of Object.entries(set)) behind.push(`${key}=${value}`)
  return {
    before: `${parts.path}?${[...before, `${name}=`].join('&')}`,
    after: behind.map((piece) => `&${piece}`).join('') + parts.hash
  }
}

/**
 * Make text safe to stand in a URL, and so in a header and between `<` and `>`: whatever RFC 3986
 * does not allow is percent-encoded, and what is encoded stays so.
 * @param {string} url
 * @returns {string}
 */
function safeUrl(url) {
  return url.replace(/[^\w\-.~:/?#[\]@!$&'()*+,;=%]/gu, (char) => percent(char, 'utf8'))
}

/**
 * @param {string} text
 * @param {BufferEncoding} encoding
 */
function percent(text, encoding) {
  // Not encodeURIComponent, which throws at half a surrogate pair.
  return Buffer.from(text, encoding).toString('hex').toUpperCase().replace(/../g, '%$&')
}

/**
 * The same for the target of a request, where Node gives each byte as a character. What comes out
 * is always a path on this host: `//other.example/` and `http://other.example/` are both things
 * that a client may send, and neither may become a link that leads there.
 * @param {string} target
 * @returns {string}
 */
function safeTarget(target) {
  const local = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const path = local.startsWith('/') ? local : `/${local}`
  const encoded = path.replace(/[^\w\-.~:/?[\]@!$&'()*+,;=%]/g, (char) => percent(char, 'latin1'))
  // RFC 3986, 5.2.4: the dot segment goes, and what is left is a path that begins with `//`.
  return encoded.startsWith('//') ? `/.${encoded}` : encoded
}

module.exports = { split, decode, linkAround, safeUrl, safeTarget }
