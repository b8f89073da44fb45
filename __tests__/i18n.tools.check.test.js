'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { I18n } = require('../lib/i18n')
const { checkCatalogs } = require('../lib/i18n/check')
const { I18nProject } = require('../test-support/i18n-project')

const EN =
  'hello = Hello, { $name }!\nitems = { $n ->\n    [one] One\n   *[other] { $n }\n }\nbye = Bye\n'
const FR =
  'hello = Bonjour { $nmae } !\nitems = { $n ->\n    [one] Un\n   *[other] { $n }\n }\nold = Vieux\nbad = {\n'

describe('rekue i18n check', function () {
  // Every test starts processes.
  this.timeout(60_000)
  /** @type {I18nProject} */
  let project

  afterEach(() => project.remove())

  it('prints each problem with its place, and ends with 1', () => {
    project = new I18nProject({ 'locales/en/app.ftl': EN, 'locales/fr/app.ftl': FR })
    const { status, stdout, stderr } = project.run(['check'])
    assert.equal(stderr, '')
    assert.equal(status, 1)
    const lines = stdout.split('\n').map((line) => line.split(': ').slice(0, 2).join(' '))
    assert.deepEqual(lines, [
      'locales/fr/app.ftl:1:1 arguments',
      'locales/fr/app.ftl:1:19 arguments',
      'locales/fr/app.ftl:3:6 plural-missing',
      'locales/fr/app.ftl:6:1 obsolete',
      'locales/fr/app.ftl:7:1 junk',
      'locales/en/app.ftl:6:1 missing',
      '4 problems, 2 warnings',
      ''
    ])
    assert.doesNotMatch(stdout, /\x1b/, 'no colours but on a terminal') // eslint-disable-line no-control-regex
  })

  it('says nothing is wrong where nothing is, and warnings alone are no problem', () => {
    project = new I18nProject({
      'catalogs/fr/a.ftl': 'hello = Bonjour\nold = Vieux\n',
      'catalogs/de/a.ftl': 'hello = Hallo\n',
      'catalogs/README.md': 'no locale'
    })
    const args = ['check', 'catalogs', '--source', 'de']
    assert.deepEqual(project.run(args), {
      status: 0,
      stdout: 'catalogs/fr/a.ftl:2:1: obsolete: old is not in de\nno problems, 1 warning\n',
      stderr: ''
    })
    assert.equal(project.run([...args, '--strict']).status, 1)
    assert.deepEqual(project.run([...args, '--strict', '--ignore', 'obsolete']), {
      status: 0,
      stdout: 'no problems\n',
      stderr: ''
    })
  })

  it('prints JSON, the same as I18n.check() returns', async () => {
    project = new I18nProject({ 'locales/en/app.ftl': EN, 'locales/fr/app.ftl': FR })
    const { ok, errors, warnings, problems } = project.json(['check'])
    assert.deepEqual([ok, errors, warnings], [false, 4, 2])
    assert.deepEqual(problems[1], {
      kind: 'arguments',
      severity: 'error',
      locale: 'fr',
      file: 'fr/app.ftl',
      line: 1,
      column: 19,
      id: 'hello',
      message: '$nmae is no argument of hello in en, which has $name'
    })
    const dir = path.join(project.folder, 'locales')
    const i18n = await I18n.load({ dir, onError: () => {} })
    assert.deepEqual(i18n.check(), problems)
    project.write('locales/fr/app.ftl', EN.replace('[one]', '[one] Un\n    [many]'))
    assert.deepEqual(i18n.check(), [])
    project.write('locales/de/app.ftl', 'junk')
    assert.deepEqual(i18n.check(), [], 'only the locales that it has')
  })

  it('takes the plural categories of Intl', () => {
    const of = (keys) =>
      `n = { $n ->\n${keys.map((key) => `    [${key}] x\n`).join('')}   *[other] x\n }\n`
    const kinds = (locale, keys) => {
      project?.remove()
      project = new I18nProject({
        'locales/en/a.ftl': of(['one']),
        [`locales/${locale}/a.ftl`]: of(keys)
      })
      const dir = path.join(project.folder, 'locales')
      return checkCatalogs(dir, 'en').map((problem) => problem.kind)
    }
    for (const locale of ['ar', 'cy', 'de', 'fr', 'ga', 'he', 'ja', 'pl', 'ru', 'sl']) {
      const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions()
      const own = pluralCategories.filter((key) => key !== 'other')
      assert.deepEqual(kinds(locale, own.length > 0 ? own : ['1']), [], locale)
      if (own.length > 2) assert.deepEqual(kinds(locale, own.slice(1)), ['plural-missing'], locale)
    }
    assert.deepEqual(kinds('ja', ['one']), ['plural'])
    assert.deepEqual(kinds('pl', ['one', 'two', 'few', 'many']), ['plural'])
    assert.deepEqual(kinds('tlh', ['one', 'two']), [], 'a language that Intl does not know')
  })

  it('compares the code with the catalogs', () => {
    project = new I18nProject({
      'locales/en/app.ftl': `${EN}error-1 = E\n`,
      'src/a.js': "req.t('hello', { name })\nt('items', {})\nt('none')\n",
      'src/b.ejs': "<%= t('error-' + code) %>",
      'src/node_modules/x.js': "t('not-ours')"
    })
    const places = (args) =>
      project
        .json(['check', '--code', 'src', ...args])
        .problems.map(
          (each) => `${each.kind} ${each.severity} ${each.file}:${each.line} ${each.id}`
        )
    const calls = ['arguments error src/a.js:2 items', 'missing error src/a.js:3 none']
    assert.deepEqual(places([]), [
      ...calls,
      'unused warning en/app.ftl:6 bye',
      'unused warning en/app.ftl:7 error-1'
    ])
    assert.deepEqual(places(['--dynamic', 'error-*']), [...calls, 'unused error en/app.ftl:6 bye'])
    const { stdout } = project.run(['check', '--code', 'src'])
    assert.match(stdout, /^3 uses in 2 files of code, and 1 call with ids of its own$/m)
    project.write('src/a.js', 'const = 1')
    assert.match(project.run(['check', '--code', 'src/a.js']).stdout, /^src\/a\.js:1:7: junk: /m)
  })

  it('reports files that are no text, or that nobody could have written', () => {
    project = new I18nProject({
      'locales/en/app.ftl': Buffer.concat([
        Buffer.from('a = A\nb = '),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('\nc = C\n')
      ]),
      'locales/fr/app.ftl': `a = A\nc = C\nbomb = ${'{'.repeat(300_000)}\n`,
      'locales/fr/folder.ftl/x': ''
    })
    fs.symlinkSync('nowhere', path.join(project.folder, 'locales/de'))
    fs.symlinkSync('nowhere', path.join(project.folder, 'locales/fr/link.ftl'))
    const { problems } = project.json(['check', '--ignore', 'missing,obsolete'])
    assert.deepEqual(
      problems.map(({ kind, file, line }) => `${kind} ${file}:${line}`),
      ['junk en/app.ftl:2', 'junk fr/app.ftl:3']
    )
  })

  it('checks again when a file changes', async () => {
    project = new I18nProject({ 'locales/en/app.ftl': 'a = A\n' })
    const child = project.start(['check', '--watch'])
    try {
      let output = ''
      child.stdout.setEncoding('utf8')
      const until = async (pattern) => {
        while (!pattern.test(output)) output += (await once(child.stdout, 'data'))[0]
      }
      await until(/no problems/)
      project.write('locales/en/app.ftl', 'a = {\n')
      await until(/junk/)
      output = ''
      project.write('locales/en/app.ftl', 'a = A\n')
      await until(/no problems/)
    } finally {
      child.kill()
      await once(child, 'exit')
    }
  })

  it('tells wrong calls from problems', () => {
    project = new I18nProject({ 'locales/en/app.ftl': 'a = A\n' })
    for (const [args, pattern] of [
      [['check', 'nowhere'], /nowhere cannot be read/],
      [['check', '--source', 'fr'], /no catalogs of the source locale "fr".*those of en/],
      [['check', '--source', '../en'], /--source must be a language tag/],
      [['check', '--ignore', 'misssing'], /"misssing" is none/],
      [['check', '--code', 'nowhere'], /nowhere cannot be read/],
      [['check', 'locales', 'more'], /"more" is one too many/],
      [['check', '--wrong'], /--wrong/],
      [['chekc'], /no command i18n "chekc"/],
      [[], /^usage: rekue i18n COMMAND/]
    ]) {
      const { status, stdout, stderr } = project.run(/** @type {string[]} */ (args))
      assert.equal(status, 2, String(args))
      assert.equal(stdout, '')
      assert.match(stderr, /** @type {RegExp} */ (pattern))
      assert.doesNotMatch(stderr, /\n {4}at /)
    }
  })

  it('helps', () => {
    project = new I18nProject({})
    const commands = 'extract init update check coverage pseudo types export import'.split(' ')
    for (const args of [['--help'], ...commands.map((command) => [command, '--help'])]) {
      const { status, stdout } = project.run(args)
      assert.equal(status, 0)
      assert.match(stdout, /^usage: rekue i18n/)
      assert.ok(stdout.split('\n').every((line) => line.length <= 100))
    }
  })

  it('finds nothing wrong with the catalogs of this project', () => {
    project = new I18nProject({})
    const dir = path.join(__dirname, '../locales')
    assert.equal(project.run(['check', dir, '--strict']).stdout, 'no problems\n')
  })
})
