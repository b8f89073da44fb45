'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { text } = require('node:stream/consumers')
const { parse } = require('@fluent/syntax')
const native = require('../lib/native')
const { generator } = require('../test-support/ftl-generator')
const { I18nProject } = require('../test-support/i18n-project')

const EN = `# A greeting
hello = Hello, { $name }!
    .title = Title
items = { $n ->
    [one] One "item"
   *[other] { NUMBER($n,maximumFractionDigits:0) } items & <b>more</b>

        at the end
}.
-brand = Rekue
`
const FR =
  '\ufeffitems   =  { $n ->\r\n [one] Un\r\n [many] De\r\n *[other]   { $n }\r\n }\r\nhello=Bonjour\r\n'

/** Keys and sources of the units of a PO file. @param {string} po @returns {[string, string][]} */
function unitsOf(po) {
  const matches = [...po.matchAll(/^msgctxt "(.*)"\nmsgid ((?:".*"\n)+)/gm)]
  return matches.map(([, key, lines]) => {
    const texts = lines.split('\n').filter(Boolean)
    return [key, texts.map((line) => JSON.parse(line)).join('')]
  })
}

describe('rekue i18n export and import', function () {
  // Every test starts processes.
  this.timeout(60_000)
  /** @type {I18nProject} */
  let project

  beforeEach(() => {
    project = new I18nProject({
      'locales/en/app.ftl': EN,
      'locales/en/more.ftl': 'bye = Bye\n',
      'locales/fr/app.ftl': FR
    })
  })

  afterEach(() => project.remove())

  for (const [format, name] of [
    ['po', 'fr.po'],
    ['xliff', 'fr.xlf']
  ]) {
    it(`${format}: there and back changes no byte`, () => {
      for (const locale of ['fr', 'de']) {
        const before = project.all()
        assert.equal(project.run(['export', locale, '--out', name]).status, 0)
        assert.deepEqual(project.run(['export', locale, '--format', format]), {
          status: 0,
          stdout: project.read(name),
          stderr: ''
        })
        assert.deepEqual(project.run(['import', locale, name]), {
          status: 0,
          stdout: `${locale}: 0 changes, 0 not taken\n`,
          stderr: ''
        })
        const { [name]: _file, ...after } = project.all()
        assert.deepEqual(after, before)
        require('node:fs').rmSync(`${project.folder}/${name}`)
      }
    })
  }

  it('writes into what --out names, whatever it is', async function () {
    if (process.platform === 'win32') this.skip()
    const at = (name) => path.join(project.folder, name)
    const po = project.run(['export', 'fr']).stdout
    project.write('real.po', 'before')
    fs.chmodSync(at('real.po'), 0o600)
    fs.symlinkSync('real.po', at('link.po'))
    fs.symlinkSync('not-yet.po', at('dangling.po'))
    for (const name of ['link.po', 'dangling.po']) {
      assert.equal(project.run(['export', 'fr', '--out', name]).status, 0)
      assert.ok(fs.lstatSync(at(name)).isSymbolicLink())
      assert.equal(project.read(name), po)
    }
    assert.equal(fs.statSync(at('real.po')).mode & 0o777, 0o600)
    execFileSync('mkfifo', [at('pipe')])
    const reading = text(fs.createReadStream(at('pipe')))
    const child = project.start(['export', 'fr', '--out', 'pipe'])
    assert.equal(await reading, po)
    assert.deepEqual(await once(child, 'exit'), [0, null])
    assert.ok(fs.statSync(at('pipe')).isFIFO())
    const names = fs.readdirSync(project.folder).sort()
    const expected = ['dangling.po', 'link.po', 'locales', 'not-yet.po', 'pipe', 'real.po']
    assert.deepEqual(names, expected)
  })

  it('po: a unit is the pattern that @fluent/syntax reads', () => {
    const po = project.run(['export', 'fr']).stdout
    const units = unitsOf(po)
    const sources = {
      'app.ftl': parse(EN, { withSpans: false }),
      'more.ftl': parse('bye = Bye\n', { withSpans: false })
    }
    assert.equal(units.length, 5)
    for (const [key, text] of units) {
      const [file, id, attribute] = key.split(/[:.](?!ftl)/)
      const entry = /** @type {any} */ (
        sources[file].body.find((each) => each.id?.name === id.replace(/^-/, ''))
      )
      const original = attribute
        ? entry.attributes.find((each) => each.id.name === attribute).value
        : entry.value
      const again = parse(`k =\n    ${text.replaceAll('\n', '\n    ')}\n`, { withSpans: false })
      assert.ok(/** @type {any} */ (again.body[0]).value.equals(original), key)
    }
  })

  it('units of generated catalogs are what @fluent/syntax reads', () => {
    let compared = 0
    for (let seed = 1; seed <= 60; seed++) {
      const text = generator(seed).catalog()
      const sources = {
        sourceLocale: 'en',
        locales: [{ locale: 'en', files: [{ name: 'a.ftl', text }] }]
      }
      const request = { project: sources, locale: 'fr', format: 'po' }
      const units = unitsOf(JSON.parse(native.i18nExport(JSON.stringify(request))).text)
      const fields = new Map()
      for (const entry of /** @type {any[]} */ (parse(text, { withSpans: false }).body)) {
        if (entry.type !== 'Message' && entry.type !== 'Term') continue
        const name = (entry.type === 'Term' ? '-' : '') + entry.id.name
        if (fields.has(name)) continue
        fields.set(name, entry.value)
        for (const each of entry.type === 'Term' ? [] : entry.attributes) {
          fields.set(`${name}.${each.id.name}`, each.value)
        }
      }
      for (const [name, value] of fields) if (value === null) fields.delete(name)
      assert.deepEqual(
        new Set(units.map(([key]) => key.slice('a.ftl:'.length))),
        new Set(fields.keys())
      )
      for (const [key, unit] of units) {
        const again = parse(`k =\n    ${unit.replaceAll('\n', '\n    ')}\n`, { withSpans: false })
        const { value } = /** @type {any} */ (again.body[0])
        assert.ok(value.equals(fields.get(key.slice('a.ftl:'.length))), `${seed} ${key}: ${unit}`)
        compared++
      }
    }
    assert.ok(compared > 500, String(compared))
  })

  it('takes translations, and only them', () => {
    const po = project.run(['export', 'fr']).stdout
    const translated = po
      .replace('msgid "Title"\nmsgstr ""', 'msgid "Title"\nmsgstr "Titre"')
      .replace('msgstr "Bonjour"', 'msgstr "Salut, { $name }\\n!"')
      .replace('msgid "Bye"\nmsgstr ""', 'msgid "Bye"\nmsgstr "Au revoir"')
    const { status, stdout } = project.run(['import', 'fr', '-', '--format', 'po'], translated)
    assert.deepEqual([status, stdout], [0, 'fr: 3 changes, 0 not taken\n'])
    assert.equal(
      project.read('locales/fr/app.ftl'),
      FR.replace(
        'hello=Bonjour\r\n',
        'hello=\r\n    Salut, { $name }\r\n    !\r\n    .title = Titre\r\n'
      )
    )
    assert.equal(project.read('locales/fr/more.ftl'), 'bye = Au revoir\n')
    assert.equal(project.run(['check', '--ignore', 'markup']).status, 0)
  })

  it('reads what a translator made of the XLIFF file', () => {
    project.run(['init', 'es'])
    project.run(['export', 'es', '--out', 'es.xlf'])
    const file = project.read('es.xlf')
    assert.match(file, /<source>Hello, <ph id="1">\{ \$name \}<\/ph>!<\/source>/)
    const done = file.replace(
      '!</source>',
      '!</source><target state="final">¡Hola, <ph id="1">{ $name }</ph>!</target>'
    )
    project.write('es.xlf', done)
    assert.equal(project.run(['import', 'es', 'es.xlf', '--check']).status, 0)
    assert.doesNotMatch(project.read('locales/es/app.ftl'), /Hola/)
    assert.deepEqual(project.json(['import', 'es', 'es.xlf']), {
      locale: 'es',
      files: ['app.ftl'],
      changed: ['hello'],
      skipped: []
    })
    assert.match(project.read('locales/es/app.ftl'), /^hello = ¡Hola, \{ \$name \}!$/m)
    assert.equal(project.json(['coverage']).locales[0].translated, 0, 'its title is not done')
  })

  it('does not take what is stale, unknown or no pattern, and says where', () => {
    const po = `msgid ""\nmsgstr "Language: fr\\n"\n
msgctxt "app.ftl:hello"\nmsgid "Hi"\nmsgstr "Salut"\n
msgctxt "../../../../tmp/evil:bye"\nmsgid "Bye"\nmsgstr "Au revoir {"\n
msgctxt "app.ftl:constructor"\nmsgid "x"\nmsgstr "y"\n`
    const before = project.all()
    const { status, stdout } = project.run(['import', 'fr', '-', '--format', 'po'], po)
    assert.equal(status, 1)
    assert.deepEqual(
      stdout.split('\n').map((line) => line.slice(0, 22)),
      [
        '-:4: hello: its text i',
        '-:8: bye: the translat',
        '-:12: en has no "const',
        'fr: 0 changes, 3 not t',
        ''
      ]
    )
    assert.deepEqual(project.all(), before)
  })

  it('refuses files that are broken, hostile, or in another locale', () => {
    project.write('bomb.xlf', '<!DOCTYPE x [<!ENTITY a "aa">]><xliff version="1.2">&a;</xliff>')
    project.write('broken.po', 'msgid "\n')
    project.write('de.po', 'msgid ""\nmsgstr "Language: de\\n"\n')
    project.write('latin.po', Buffer.from([0x23, 0xe9]))
    project.write('fr.txt', '')
    const before = project.all()
    for (const [args, code, pattern] of [
      [['import', 'fr', 'bomb.xlf'], 1, /bomb\.xlf:1: a document type is not allowed/],
      [['import', 'fr', 'broken.po'], 1, /broken\.po:1: the text in quotes is not closed/],
      [['import', 'fr', 'de.po'], 1, /is in "de", not in fr/],
      [['import', 'fr', 'latin.po'], 2, /latin\.po cannot be read/],
      [['import', 'fr', 'fr.txt'], 2, /give --format/],
      [['import', 'fr', 'none.po'], 2, /none\.po cannot be read/],
      [['import', 'fr'], 2, /usage/],
      [['import', '../fr', 'de.po'], 2, /language tag/],
      [['import', 'en', 'de.po'], 2, /is the source/],
      [['export', 'fr', '--format', 'csv'], 2, /po or xliff/],
      [['export', 'en'], 2, /is the source/],
      [['export'], 2, /usage/]
    ]) {
      const { status, stderr } = project.run(/** @type {string[]} */ (args))
      assert.equal(status, code, String(args))
      assert.match(stderr, /** @type {RegExp} */ (pattern))
    }
    assert.deepEqual(project.all(), before)
  })

  it('leaves out of XML what XML cannot hold, and says so', () => {
    project.write('locales/en/more.ftl', 'bye = By\u0007e\n')
    const { status, stderr } = project.run(['export', 'fr', '--out', 'fr.xlf'])
    assert.equal(status, 1)
    assert.match(stderr, /control characters of bye/)
    assert.doesNotMatch(project.read('fr.xlf'), /more\.ftl:bye/)
  })
})
