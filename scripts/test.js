'use strict'

/**
 * `npm test`: make the clone ready, then run every suite.
 *
 *   npm test                          cargo test, then mocha over __tests__
 *   npm test -- FILE | --grep TEXT    mocha alone, with these arguments
 *
 * The last line of stdout is `N passed, N failed` over the suites that ran; the exit code is 1
 * when anything failed. A suite that ran no test, ended without its counts, did not end by itself
 * or left processes behind has failed, and counts as one failure more.
 */

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { ROOT, Problem, say, describeEnd } = require('./cli')
const { cargo, cargoEnvironment, findCargo } = require('./cargo')
const { watchNpm } = require('./parent')
const { processesOfGroup, signalGroup } = require('./process-group')
const { ensureRedisServer } = require('./redis-server')
const { setUp } = require('./setup')

/** How long mocha may live after its last test, before we say that something holds it. */
const LINGER_MS = 10_000

/** Processes that end together with their parent need a moment for it. */
const LEFTOVER_GRACE_MS = 2_000

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} problems each is one failure beside those of the tests
 */

/** The group of the suite that runs now, for signals. @type {number | undefined} */
let currentGroup

/**
 * Run a suite in a process group of its own, so that what it leaves behind can be found.
 * @param {string} file
 * @param {string[]} args
 * @param {object} options
 * @param {NodeJS.ProcessEnv} options.env
 * @param {(text: string) => void} [options.onOutput] sees what goes to stdout
 * @param {() => boolean} [options.isDone] whether it has reported its last test
 * @returns {Promise<{ end: { code: number | null, signal: NodeJS.Signals | null }, problems: string[] }>}
 */
async function runSuite(file, args, { env, onOutput, isDone }) {
  /** @type {string[]} */
  const problems = []
  const stdout = onOutput ? 'pipe' : 'inherit'
  const child = spawn(file, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', stdout, 'inherit'],
    detached: process.platform !== 'win32'
  })
  currentGroup = child.pid
  let doneSince = 0
  const watch = setInterval(() => {
    if (!isDone?.()) return
    doneSince ||= Date.now()
    if (Date.now() - doneSince < LINGER_MS) return
    clearInterval(watch)
    problems.push(
      `it did not end by itself within ${LINGER_MS / 1000} s of its last test: ` +
        'something (a queue that is not closed, a server, a timer) keeps the event loop running'
    )
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 2000).unref()
  }, 500)
  const end = await new Promise((resolve, reject) => {
    child.once('error', reject)
    // Not `close`: a process that the suite left behind may hold the pipe open.
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      process.stdout.write(text)
      onOutput?.(text)
    })
  }).finally(() => clearInterval(watch))
  if (child.stdout && !child.stdout.readableEnded) {
    await Promise.race([
      new Promise((resolve) => child.stdout?.once('end', resolve)),
      sleep(LEFTOVER_GRACE_MS)
    ])
  }
  const left = child.pid === undefined ? [] : await waitForGroup(child.pid)
  if (left.length > 0) {
    problems.push(`it left processes behind (ended now): ${left.join('; ')}`)
    signalGroup(/** @type {number} */ (child.pid), 'SIGKILL')
  }
  child.stdout?.destroy()
  currentGroup = undefined
  return { end, problems }
}

/**
 * The processes of a group that do not end within the grace time.
 * @param {number} group
 */
async function waitForGroup(group) {
  const deadline = Date.now() + LEFTOVER_GRACE_MS
  for (;;) {
    const left = processesOfGroup(group)
    if (left.length === 0 || Date.now() > deadline) return left
    await sleep(50)
  }
}

/**
 * Add up the `test result:` lines, of which each test program of cargo writes one.
 * @param {string} output
 */
function countCargoTests(output) {
  const counts = { passed: 0, failed: 0, skipped: 0, programs: 0 }
  // Colours stand inside the line: `test result: \e[32mok\e[m. 3 passed; …`.
  // eslint-disable-next-line no-control-regex -- colours begin with a control character
  const plain = output.replace(/\x1b\[[\d;]*m|\x1b\(B/g, '')
  for (const match of plain.matchAll(
    /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm
  )) {
    counts.passed += Number(match[1])
    counts.failed += Number(match[2])
    counts.skipped += Number(match[3])
    counts.programs++
  }
  return counts
}

/** @returns {Promise<Outcome>} */
async function runCargoTests() {
  // Compiled apart from the run: what compilers leave running (sccache) is no fault of the tests.
  await cargo(['test', '--no-run', '--quiet'])
  let output = ''
  const args = ['test', '--no-fail-fast', '--quiet', '--', '--format=pretty']
  if (process.stdout.isTTY) args.push('--color=always')
  const { end, problems } = await runSuite(findCargo(), args, {
    env: cargoEnvironment(),
    onOutput: (text) => (output += text)
  })
  const { programs, ...counts } = countCargoTests(output)
  if (programs === 0) problems.push(`cargo test ${describeEnd(end)} without any test result`)
  // A test program that crashes gives no result line, where others may have given theirs.
  else if (end.code !== 0 && counts.failed === 0) problems.push(`cargo test ${describeEnd(end)}`)
  return { ...counts, problems }
}

/**
 * @param {string[]} args for mocha
 * @returns {Promise<Outcome>}
 */
async function runMocha(args) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rekue-test-'))
  const file = path.join(folder, 'counts.json')
  try {
    const mocha = require.resolve('mocha/bin/mocha.js', { paths: [ROOT] })
    // In CI a forgotten `.only` would leave most tests out, and look well.
    const strict = process.env.CI ? ['--forbid-only'] : []
    const colour = process.stdout.isTTY ? ['--color'] : []
    const { end, problems } = await runSuite(
      process.execPath,
      [mocha, ...strict, ...colour, ...args],
      {
        env: { ...process.env, REKUE_TEST_COUNTS: file },
        isDone: () => fs.existsSync(file)
      }
    )
    if (!fs.existsSync(file)) {
      return {
        passed: 0,
        failed: 0,
        skipped: 0,
        problems: [...problems, `mocha ${describeEnd(end)} before its last test`]
      }
    }
    const counts = JSON.parse(fs.readFileSync(file, 'utf8'))
    if (end.code !== 0 && counts.failed === 0 && problems.length === 0) {
      problems.push(`mocha ${describeEnd(end)} although no test failed`)
    }
    return { ...counts, problems }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Run one suite, say how it went, and turn its problems into failures.
 * @param {string} name
 * @param {() => Promise<Outcome>} suite
 */
async function report(name, suite) {
  process.stdout.write(`\n── ${name}\n`)
  /** @type {Outcome} */
  let outcome
  try {
    outcome = await suite()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    outcome = { passed: 0, failed: 0, skipped: 0, problems: [error.message] }
  }
  const { passed, failed, skipped, problems } = outcome
  if (passed + failed === 0 && problems.length === 0) problems.push('no test ran')
  for (const problem of problems) say(`${name}: ${problem}`)
  return { name, passed, failed: failed + problems.length, skipped }
}

/** @returns {Promise<{ name: string, passed: number, failed: number, skipped: number }[]>} */
async function runAll() {
  const mochaArgs = process.argv.slice(2)
  try {
    await setUp()
    process.env.REDIS_SERVER = await ensureRedisServer()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    say(error.message)
    return [{ name: 'set-up', passed: 0, failed: 1, skipped: 0 }]
  }
  const results = []
  if (mochaArgs.length === 0) results.push(await report('Rust (cargo test)', runCargoTests))
  results.push(await report('JavaScript (mocha)', () => runMocha(mochaArgs)))
  return results
}

/** @param {NodeJS.Signals} signal */
function endBy(signal) {
  // The suite stands in a group of its own, which a Ctrl-C of the terminal does not reach.
  if (currentGroup !== undefined) signalGroup(currentGroup, signal)
  process.exit(128 + os.constants.signals[signal])
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, endBy)
}
watchNpm(() => endBy('SIGTERM'))

runAll()
  .catch((error) => {
    process.stderr.write(`${error.stack}\n`)
    return [{ name: 'the test script', passed: 0, failed: 1, skipped: 0 }]
  })
  .then((results) => {
    process.stdout.write('\n')
    for (const { name, passed, failed, skipped } of results) {
      const skips = skipped > 0 ? `, ${skipped} skipped` : ''
      process.stdout.write(`${name}: ${passed} ok, ${failed} not ok${skips}\n`)
    }
    const passed = results.reduce((sum, result) => sum + result.passed, 0)
    const failed = results.reduce((sum, result) => sum + result.failed, 0)
    process.stdout.write(`${passed} passed, ${failed} failed\n`)
    process.exitCode = failed > 0 ? 1 : 0
  })
