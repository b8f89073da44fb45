'use strict'

/** A folder with catalogs and code, and the command line run in it from outside. */

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const PROGRAM = path.join(__dirname, '../bin/rekue.js')

class I18nProject {
  /** @param {Record<string, string | Buffer>} files contents by path, such as locales/en/app.ftl */
  constructor(files) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-i18n-'))
    for (const [name, content] of Object.entries(files)) this.write(name, content)
  }

  /** @param {string} name @param {string | Buffer} content */
  write(name, content) {
    const file = path.join(this.folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
  }

  /** @param {string} name */
  read(name) {
    return fs.readFileSync(path.join(this.folder, name), 'utf8')
  }

  /** Everything below the folder, by path. @returns {Record<string, string>} */
  all() {
    const names = fs.readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).sort()
    const files = names.filter((name) => fs.statSync(path.join(this.folder, name)).isFile())
    return Object.fromEntries(files.map((name) => [name, this.read(name)]))
  }

  /**
   * Run `rekue i18n …` to its end.
   * @param {string[]} args
   * @param {string} [input]
   */
  run(args, input) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'i18n', ...args], {
      encoding: 'utf8',
      cwd: this.folder,
      input
    })
    return { status, stdout, stderr }
  }

  /** The JSON that a command prints. @param {string[]} args */
  json(args) {
    const { stdout } = this.run([...args, '--json'])
    return JSON.parse(stdout)
  }

  /** Start `rekue i18n …`. @param {string[]} args */
  start(args) {
    return spawn(process.execPath, [PROGRAM, 'i18n', ...args], { cwd: this.folder })
  }

  remove() {
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}

module.exports = { I18nProject }
