'use strict'

/**
 * Where the exercises find their data: the file that NAMES_CSV names, else the generated sample.
 */

const fs = require('node:fs')
const path = require('node:path')
const { sampleNames } = require('./sample')

/** @returns {string} */
function namesFile() {
  if (process.env.NAMES_CSV) return process.env.NAMES_CSV
  return sampleFile(process.env.DATA_DIR || path.join(__dirname, '../../data'))
}

/**
 * The generated sample as a file, made if it is not there.
 * @param {string} folder
 * @returns {string}
 */
function sampleFile(folder) {
  const file = path.join(folder, 'names-sample.csv')
  if (!fs.existsSync(file)) {
    fs.mkdirSync(folder, { recursive: true })
    // Written aside and renamed, so that nobody who starts at the same time reads half a file.
    const temporary = `${file}.${process.pid}.tmp`
    fs.writeFileSync(temporary, sampleNames())
    fs.renameSync(temporary, file)
  }
  return file
}

module.exports = { namesFile, sampleFile }
