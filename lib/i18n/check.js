'use strict'

const { fromNative } = require('../errors')
const native = require('../native')
const { readProject } = require('./project')

/** @import { Problem } from './project' */

/**
 * What is wrong with the catalogs of a directory, and with how code uses them. Reads all of them at
 * once and on this thread: for tests and the command line, not for requests.
 * @param {string} dir
 * @param {string} sourceLocale the locale that the others are translated from
 * @param {object} [options]
 * @param {readonly string[]} [options.locales] only these, beside the source
 * @param {object} [options.usage] what `extract` has found, as src/i18n/check/usage.rs takes it
 * @returns {Problem[]} by locale, the source first, and by place
 * @throws ERR_INVALID_ARG if the directory cannot be read or has no catalogs of the source locale
 */
function checkCatalogs(dir, sourceLocale, { locales, usage } = {}) {
  const { project, problems } = readProject(dir, sourceLocale, locales)
  try {
    return problems.concat(JSON.parse(native.i18nCheck(JSON.stringify({ project, usage }))))
  } catch (error) {
    throw fromNative(error)
  }
}

module.exports = { checkCatalogs }
