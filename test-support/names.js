'use strict'

/**
 * The data set of the pagination exercises: the real one where it stands beside the project, and
 * always the generated sample, so that every test runs everywhere.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { sampleNames } = require('../app/exercises/pagination/sample')

const REAL = path.join(__dirname, '../../shared/data/Popular_Baby_Names.csv')

/** @returns {{ label: string, text: string }[]} */
function nameSets() {
  const sets = [{ label: 'the generated sample', text: sampleNames() }]
  if (fs.existsSync(REAL)) {
    sets.push({ label: 'the real data set', text: fs.readFileSync(REAL, 'latin1') })
  }
  return sets
}

/**
 * The rows the plain way: no field of this file is quoted.
 * @param {string} text
 */
function plainRows(text) {
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
}

/**
 * A folder for the files of a test, gone after it.
 * @returns {{ folder: string, write: (name: string, content: string | Buffer) => string, remove: () => void }}
 */
function temporaryFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-pagination-'))
  return {
    folder,
    write(name, content) {
      const file = path.join(folder, name)
      fs.writeFileSync(file, content)
      return file
    },
    remove: () => fs.rmSync(folder, { recursive: true, force: true })
  }
}

module.exports = { nameSets, plainRows, temporaryFolder }
