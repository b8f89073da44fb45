'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { I18n } = require('../lib/i18n')
const { I18nProject } = require('../test-support/i18n-project')

describe('rekue i18n extract', function () {
  // Every test starts processes.
  this.timeout(60_000)
  /** @type {I18nProject} */
  let project

  beforeEach(() => {
    project = new I18nProject({
      'locales/en/app.ftl': 'hello = Hello',
      'src/a.js': "export const a = (req) => req.t('hello', { name: 'x' })\nreq.t(id)\n",
      'src/b.tsx': "const B = () => <p title={t('b.title')}>{t('b', { n: 1 })}</p>\n",
      'src/views/c.ejs': "<%= t('hello') %>\n<% if (x) { %><%= t('c', y) %><% } %>\n",
      'src/views/d.njk': "{{ t('d', { n: 1 }) }}\n",
      'src/a.min.js': "t('no')",
      'src/types.d.ts': 'declare const t: any',
      'src/data.json': '{"t": "t(\'no\')"}',
      'src/node_modules/x/index.js': "t('no')",
      'src/.hidden/x.js': "t('no')"
    })
  })

  afterEach(() => project.remove())

  it('lists ids with arguments and places', () => {
    const { messages, dynamic, errors } = project.json(['extract', 'src'])
    assert.deepEqual(errors, [])
    assert.deepEqual(dynamic, [{ file: 'src/a.js', line: 2, column: 1, code: 'req.t(id)' }])
    assert.deepEqual(
      messages.map((each) => [each.id, each.arguments, each.open]),
      [
        ['b', ['n'], false],
        ['b.title', [], false],
        ['c', [], true],
        ['d', ['n'], false],
        ['hello', ['name'], false]
      ]
    )
    assert.deepEqual(messages[4].calls, [
      { file: 'src/a.js', line: 1, column: 27 },
      { file: 'src/views/c.ejs', line: 1, column: 5 }
    ])
    const { status, stdout } = project.run(['extract', 'src/a.js', 'src/views'])
    assert.equal(status, 0)
    assert.match(stdout, /^hello \$name\n {4}src\/a\.js:1:27\n {4}src\/views\/c\.ejs:1:5$/m)
    assert.match(stdout, /^src\/a\.js:2:1: the id is not in the code: req\.t\(id\)$/m)
    assert.match(stdout, /^3 messages, 1 call with ids of its own$/m)
  })

  it('adds what the source lacks, once', async () => {
    const { status, stdout } = project.run(['extract', 'src', '--write', 'app.ftl'])
    assert.equal(status, 0)
    assert.match(stdout, /^3 messages added to app\.ftl$/m)
    const expected = 'hello = Hello\n\nb = b { $n }\n    .title = b.title\nc = c\nd = d { $n }\n'
    assert.equal(project.read('locales/en/app.ftl'), expected)
    assert.equal(project.json(['extract', 'src', '--write', 'app.ftl']).written.length, 0)
    assert.equal(project.read('locales/en/app.ftl'), expected)
    assert.deepEqual(project.json(['check', '--code', 'src']).problems, [])
    const i18n = await I18n.load({ dir: path.join(project.folder, 'locales') })
    assert.equal(i18n.t('en', 'd', { n: 5 }), 'd 5')
  })

  it('reads many files, and takes other names of t', () => {
    for (let i = 0; i < 450; i++) project.write(`many/f${i}.js`, `translate('m${i}')\n`)
    const { messages } = project.json(['extract', 'many', '--function', 'translate'])
    assert.equal(messages.length, 450)
    assert.equal(project.json(['extract', 'many']).messages.length, 0)
  })

  it('goes on behind files that cannot be parsed, and ends with 1', () => {
    project.write('src/broken.ts', 'let x: = 1\n')
    const { status, stdout } = project.run(['extract', 'src'])
    assert.equal(status, 1)
    assert.match(stdout, /^src\/broken\.ts:1:8: /m)
    assert.match(stdout, /^5 messages/m)
  })

  it('survives code that is nested as deep as a file can be', () => {
    const pieces = [
      '[',
      '(',
      '(")",',
      '!',
      '-',
      'a=>',
      'a?b:',
      '`${',
      '<a>',
      'a+',
      'x=',
      'if(1)',
      'new '
    ]
    for (const [i, piece] of pieces.entries()) {
      const text = piece.repeat(Math.floor((512 * 1024) / piece.length))
      project.write(`deep/${i}.js`, text)
      project.write(`deep/${i}.ejs`, `<%= ${text.slice(0, -20)} %>`)
    }
    project.write('deep/last.js', "t('last')")
    const { messages, errors } = project.json(['extract', 'deep'])
    assert.deepEqual(
      messages.map((each) => each.id),
      ['last']
    )
    assert.ok(errors.length >= pieces.length)
    project.write('deep/large.js', ' '.repeat(512 * 1024 + 1))
    assert.match(project.run(['extract', 'deep/large.js']).stdout, /larger than 524288 bytes/)
  })

  it('tells wrong calls', () => {
    for (const args of [
      [],
      ['nowhere'],
      ['src', '--write', '../evil.ftl'],
      ['src', '--write', 'app.txt'],
      ['src', '--write', '.ftl'],
      ['src', '--nonsense']
    ]) {
      const { status, stderr } = project.run(['extract', ...args])
      assert.equal(status, 2, String(args))
      assert.doesNotMatch(stderr, /\n {4}at /)
    }
  })
})
