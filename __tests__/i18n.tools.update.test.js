'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { parse, Resource } = require('@fluent/syntax')
const { I18n } = require('../lib/i18n')
const { I18nProject } = require('../test-support/i18n-project')

const EN = `### The app

-brand = Rekue

## Greetings

# $name is the user's.
hello = Hello, { $name }!
    .title = Welcome to { -brand }
items =
    { $n ->
        [one] One item
       *[other] { $n } <b>items</b>
    }
`

/** Messages and terms without comments, as @fluent/syntax reads them. @param {string} ftl */
function entries(ftl) {
  const { body } = parse(ftl, { withSpans: false })
  const known = body.filter((entry) => entry.type === 'Message' || entry.type === 'Term')
  return new Resource(known.map((entry) => Object.assign(entry.clone(), { comment: null })))
}

describe('rekue i18n init, update, coverage, pseudo and types', function () {
  // Every test starts processes.
  this.timeout(60_000)
  /** @type {I18nProject} */
  let project

  beforeEach(() => {
    project = new I18nProject({ 'locales/en/app.ftl': EN, 'locales/en/more.ftl': 'bye = Bye\n' })
  })

  afterEach(() => project.remove())

  const rows = (...args) =>
    project
      .json(['coverage', ...args])
      .locales.map((row) => [
        row.locale,
        row.translated,
        row.untranslated,
        row.missing,
        row.percent
      ])

  it('init copies the source with a mark at each message', () => {
    const { status, stdout, stderr } = project.run(['init', 'fr'])
    assert.deepEqual([status, stderr], [0, ''])
    assert.match(stdout, /^locales\/fr: 2 files, 4 entries to translate\n$/)
    const copy = project.read('locales/fr/app.ftl')
    assert.ok(entries(copy).equals(entries(EN)))
    const unmarked = copy.replace(/^# rekue: untranslated .*\n/gm, '')
    assert.equal(unmarked, EN)
    assert.deepEqual(rows(), [['fr', 0, 3, 0, 0]])
    const check = project.json(['check'])
    assert.deepEqual(
      [check.ok, new Set(check.problems.map((each) => each.kind))],
      [true, new Set(['untranslated', 'plural-missing'])]
    )
    const again = project.run(['init', 'fr'])
    assert.deepEqual([again.status, /use rekue i18n update fr/.test(again.stderr)], [2, true])
  })

  it('init of a regional locale leaves to its language what that has', async () => {
    project.write('locales/fr/app.ftl', 'hello = Bonjour, { $name } !\n    .title = Bienvenue\n')
    project.run(['init', 'fr-CA'])
    assert.doesNotMatch(project.read('locales/fr-CA/app.ftl'), /hello/)
    assert.deepEqual(rows(), [
      ['fr', 1, 0, 2, 100 / 3],
      ['fr-CA', 1, 2, 0, 100 / 3]
    ])
    const i18n = await I18n.load({ dir: path.join(project.folder, 'locales') })
    assert.equal(i18n.t('fr-CA', 'hello', { name: 'Zoë' }), 'Bonjour, Zoë !')
  })

  it('init refuses what is no locale, and nothing is written', () => {
    const before = project.all()
    for (const [args, pattern] of [
      [['fr_CA'], /such as fr-CA/],
      [['../../fr'], /language tag/],
      [['__proto__'], /language tag/],
      [['EN'], /already/],
      [[], /usage/],
      [['fr', 'de'], /one too many/]
    ]) {
      const { status, stderr } = project.run(['init', .../** @type {string[]} */ (args)])
      assert.equal(status, 2)
      assert.match(stderr, /** @type {RegExp} */ (pattern))
    }
    assert.deepEqual(project.all(), before)
  })

  it('update adds, sets aside and brings back, and keeps all else', () => {
    const fr = '### À nous\r\n\r\nold = Vieux\r\n# note\r\nhello   =  Bonjour, { $name } !\r\n'
    project.write('locales/fr/app.ftl', fr)
    assert.equal(project.run(['update', '--check']).status, 1)
    assert.equal(project.read('locales/fr/app.ftl'), fr)
    assert.equal(project.run(['update']).status, 0)
    const text = project.read('locales/fr/app.ftl')
    assert.ok(text.includes('# rekue: set aside\r\n# old = Vieux\r\n\r\n# note\r\n'))
    assert.ok(text.includes('hello   =  Bonjour, { $name } !\r\n    .title = Welcome'))
    assert.equal(text.replaceAll('\r\n', '').includes('\n'), false, 'its own ends of line')
    assert.deepEqual(project.run(['update', '--check']), {
      status: 0,
      stdout: 'fr: up to date\n',
      stderr: ''
    })
    assert.deepEqual(
      project.json(['check']).problems.filter((each) => each.severity === 'error'),
      []
    )
    project.write('locales/en/app.ftl', `${EN}old = Old\n`)
    const { locales } = project.json(['update', 'fr'])
    assert.deepEqual(locales, [
      {
        locale: 'fr',
        files: ['app.ftl'],
        added: [],
        restored: ['old'],
        setAside: [],
        refreshed: []
      }
    ])
    assert.match(project.read('locales/fr/app.ftl'), /^old = Vieux\r$/m)
    for (const [locale, pattern] of [
      ['en', /is the source/],
      ['de', /init de/]
    ]) {
      const { status, stderr } = project.run(['update', /** @type {string} */ (locale)])
      assert.deepEqual([status, /** @type {RegExp} */ (pattern).test(stderr)], [2, true])
    }
  })

  it('coverage counts, and fails below the minimum', () => {
    project.write('locales/fr/app.ftl', 'hello = Bonjour\n    .title = x\nitems = x\n')
    project.write('locales/de/app.ftl', 'hello = Hallo\nbye = Bis bald\n')
    project.run(['pseudo'])
    assert.deepEqual(rows(), [
      ['de', 1, 0, 2, 100 / 3],
      ['fr', 2, 0, 1, 200 / 3]
    ])
    assert.equal(project.run(['coverage', '--min', '33.3']).status, 0)
    const { status, stdout, stderr } = project.run(['coverage', '--min', '50'])
    assert.equal(status, 1)
    assert.match(stdout, /^de +1 +0 +2 +3 +33\.3$/m)
    assert.equal(stderr, 'rekue: less than 50 % is translated in de\n')
    const { ok, min } = project.json(['coverage', '--min', '70'])
    assert.deepEqual([ok, min], [false, 70])
    for (const wrong of ['101', '-1', 'x', '']) {
      assert.equal(project.run(['coverage', `--min=${wrong}`]).status, 2)
    }
  })

  it('pseudo-locales are Fluent with the same arguments, markup and meaning', async () => {
    assert.equal(project.run(['pseudo']).status, 0)
    assert.equal(project.run(['pseudo', '--bidi']).status, 0)
    const i18n = await I18n.load({ dir: path.join(project.folder, 'locales'), isolating: false })
    assert.equal(i18n.t('en-XA', 'hello', { name: 'Zoe' }), 'Ħḗḗŀŀǿǿ, Zoe!')
    assert.equal(i18n.t('en-XA', 'items', { n: 2 }), '2 <b>īŧḗḗḿş</b>')
    assert.equal(i18n.t('en-XA', 'items', { n: 1 }), 'ǾǾƞḗḗ īŧḗḗḿ')
    assert.match(i18n.t('ar-XB', 'hello', { name: 'Zoe' }), /^\u202eHello\u202c, .*Zoe.*!$/)
    const rename = (ftl) => ftl.replace(/[^\x20-\x7e]+/g, '')
    assert.equal(
      rename(project.read('locales/ar-XB/app.ftl').replace(/^###.*\n/gm, '')),
      rename(EN.replace(/^###.*\n/gm, ''))
    )
    assert.equal(project.run(['check', '--strict']).status, 0)
  })

  it('types are those of the messages', () => {
    const { status, stdout } = project.run(['types'])
    assert.equal(status, 0)
    assert.match(stdout, /^ {2}'hello': \{ name: Shown \}$/m)
    assert.match(stdout, /^ {2}'hello\.title': NoArguments$/m)
    assert.match(stdout, /^ {2}'items': \{ n: number \| bigint \}$/m)
    assert.doesNotMatch(stdout, /brand'/)
    assert.equal(project.run(['types', '--out', 'messages.d.ts']).status, 0)
    assert.equal(project.read('messages.d.ts'), stdout)
    assert.equal(project.run(['types', '--out', 'messages.d.ts', '--check']).status, 0)
    project.write('locales/en/more.ftl', 'bye = { DATETIME($d) } { $d ->\n [x] y\n *[z] w\n }\n')
    assert.equal(project.run(['types', '--out', 'messages.d.ts', '--check']).status, 1)
    assert.match(project.run(['types']).stdout, /^ {2}'bye': \{ d: Date \| number \}$/m)
    assert.equal(project.run(['types', '--check']).status, 2)
  })

  it('TypeScript finds wrong calls with them', function () {
    project.run(['types', '--out', 'messages.d.ts'])
    const root = path.join(__dirname, '..')
    project.write(
      'use.ts',
      `import type { TypedI18n, Translate } from './messages.js'
declare const i18n: TypedI18n
declare const t: Translate
i18n.t('fr', 'hello', { name: 'x' })
t('bye')
t('items', { n: 1n })
// @ts-expect-error no such message
t('helo')
// @ts-expect-error an argument is missing
t('hello')
// @ts-expect-error a number is needed
t('items', { n: '1' })
// @ts-expect-error there is no such argument
t('hello', { name: 'x', nmae: 'y' })
`
    )
    project.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          target: 'es2023',
          module: 'node16',
          moduleResolution: 'node16',
          types: [],
          paths: { 'rekue/i18n': [path.join(root, 'types/i18n.d.ts')] }
        },
        include: ['use.ts', 'messages.d.ts']
      })
    )
    const { spawnSync } = require('node:child_process')
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project.folder], {
      encoding: 'utf8'
    })
    assert.deepEqual([status, stdout], [0, ''])
  })

  it('catalogs keep their rights, and stay links where they are links', function () {
    if (process.platform === 'win32') this.skip()
    const at = (name) => path.join(project.folder, name)
    project.write('shared/fr.ftl', 'hello = Bonjour\n')
    fs.chmodSync(at('shared/fr.ftl'), 0o640)
    fs.mkdirSync(at('locales/fr'), { recursive: true })
    fs.rmSync(at('locales/fr/app.ftl'), { force: true })
    fs.symlinkSync('../../shared/fr.ftl', at('locales/fr/app.ftl'))
    assert.equal(project.run(['update', 'fr']).status, 0)
    assert.equal(fs.readlinkSync(at('locales/fr/app.ftl')), '../../shared/fr.ftl')
    assert.match(project.read('shared/fr.ftl'), /\.title/)
    assert.equal(fs.statSync(at('shared/fr.ftl')).mode & 0o777, 0o640)
  })

  it('files are written whole or not at all', () => {
    project.write('locales/fr/app.ftl', 'hello = Bonjour\n')
    const before = project.all()
    fs.chmodSync(path.join(project.folder, 'locales/fr'), 0o500)
    const { status } = project.run(['update'])
    fs.chmodSync(path.join(project.folder, 'locales/fr'), 0o700)
    // Root may write everywhere; nobody else may have left anything half done.
    if (status !== 0) assert.deepEqual(project.all(), before)
    else assert.match(project.read('locales/fr/app.ftl'), /\.title/)
    assert.deepEqual(
      Object.keys(project.all()).filter((name) => name.includes('.tmp')),
      []
    )
  })
})
