'use strict'

/** Directories of catalogs that last as long as a test. */

const fs = require('node:fs/promises')
const os = require('node:os')
const path = require('node:path')

/**
 * @typedef {Record<string, string | Record<string, string | Uint8Array>>} Catalogs by locale: a
 *   file's text, or texts by file name
 */

/**
 * @param {string} dir
 * @param {Catalogs} catalogs
 */
async function writeCatalogs(dir, catalogs) {
  for (const [locale, files] of Object.entries(catalogs)) {
    await fs.mkdir(path.join(dir, locale), { recursive: true })
    const named = typeof files === 'string' ? { 'main.ftl': files } : files
    for (const [name, text] of Object.entries(named)) {
      await fs.writeFile(path.join(dir, locale, name), text)
    }
  }
}

/**
 * Have catalogs in a directory of their own while `use` runs.
 * @template T
 * @param {Catalogs} catalogs
 * @param {(dir: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
async function withCatalogs(catalogs, use) {
  const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'rekue-i18n-'))
  try {
    await writeCatalogs(dir, catalogs)
    return await use(dir)
  } finally {
    await fs.rm(dir, { recursive: true, force: true })
  }
}

module.exports = { withCatalogs, writeCatalogs }
