'use strict'

/**
 * Exercises the files of this folder on this machine, on ports and in folders of its own:
 *
 *   node app/deploy/try.js              all of them
 *   node app/deploy/try.js nginx pm2    some
 *
 * Each says what was shown, or what is missing for it to run here. The exit code is 1 where
 * something that ran did not do what it should.
 */

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { freePort } = require('../../test-support/ports')

const APP = path.join(__dirname, '..')
const ROOT = path.join(APP, '..')

/** For a program to start on a busy machine. */
const PATIENCE_MS = 60_000

/** @param {string} line */
const say = (line) => process.stdout.write(`  ${line}\n`)

/** Thrown where something cannot be run here. */
class Missing extends Error {}

/** @param {string} program @param {string} hint */
function need(program, hint) {
  if (spawnSync('which', [program]).status !== 0) throw new Missing(`no ${program}: ${hint}`)
}

/** @param {string} url @param {RequestInit} [options] */
async function read(url, options) {
  const response = await fetch(url, options)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** For what is open behind a proxy only to whom knows it. */
const ADMIN_PASSWORD = 'for this trial'
const AUTHORIZED = {
  headers: { Authorization: `Basic ${Buffer.from(`:${ADMIN_PASSWORD}`).toString('base64')}` }
}

/** An address of this machine that nginx.conf does not know as this machine. */
const ELSEWHERE = '127.0.0.2'

/**
 * The status of an answer to who asks from an address; the path goes out as it is written.
 * @param {string} localAddress @param {number} port @param {string} path
 */
async function statusFor(localAddress, port, path) {
  const { headers } = AUTHORIZED
  const asked = http.get({ host: '127.0.0.1', port, path, localAddress, headers, agent: false })
  const [answer] = await once(asked, 'response')
  answer.resume()
  return answer.statusCode
}

/** Wait until an address answers. @param {string} url */
async function answering(url) {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      return await read(url)
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(50)
    }
  }
}

/** Two ports in a row, as PM2's increment gives them. */
async function twoPorts() {
  for (;;) {
    const port = await freePort()
    const taken = await read(`http://127.0.0.1:${port + 1}`).then(
      () => true,
      () => false
    )
    if (!taken && port < 65_000) return port
  }
}

/** @param {number} port @param {string} folder */
function startInstance(port, folder) {
  const env = {
    ...process.env,
    PORT: String(port),
    DATA_DIR: folder,
    LOG_LEVEL: 'silent',
    ADMIN_PASSWORD
  }
  return spawn(process.execPath, [path.join(APP, 'server.js')], { env, stdio: 'ignore' })
}

/** How many pages an instance has served. @param {number} port */
async function served(port) {
  const { text } = await read(`http://127.0.0.1:${port}/metrics`, AUTHORIZED)
  const [, count = 0] =
    /^http_request_duration_seconds_count\{.*route="\/names".*\} (\d+)$/m.exec(text) || []
  return Number(count)
}

/** @param {string} folder */
async function tryNginx(folder) {
  need('nginx', 'apt-get install nginx-light')
  const port = await twoPorts()
  const front = await freePort()
  const config = fs
    .readFileSync(path.join(__dirname, 'nginx.conf'), 'utf8')
    .replace('listen 80 backlog', `listen 127.0.0.1:${front} backlog`)
    .replace('127.0.0.1:3000', `127.0.0.1:${port}`)
    .replace('127.0.0.1:3001', `127.0.0.1:${port + 1}`)
    .replace('/run/nginx-rekue.pid', path.join(folder, 'nginx.pid'))
    .replace('/var/log/nginx/rekue-error.log', path.join(folder, 'error.log'))
    .replace('/srv/rekue/app/public/', `${path.join(APP, 'public')}/`)
  fs.writeFileSync(path.join(folder, 'nginx.conf'), config)
  fs.copyFileSync(path.join(__dirname, 'proxy.conf'), path.join(folder, 'proxy.conf'))
  fs.mkdirSync(path.join(folder, 'logs'))
  // Where its workers run as another user, they still have to read what it serves.
  const user = process.getuid?.() === 0 ? [`user ${os.userInfo().username};`] : []
  const args = ['-p', folder, '-c', path.join(folder, 'nginx.conf')]
  const globals = ['daemon off;', ...user].join(' ')

  const check = spawnSync('nginx', ['-t', ...args, '-g', globals], { encoding: 'utf8' })
  assert.equal(check.status, 0, check.stderr)
  say('nginx -t: the configuration is valid')

  const instances = [startInstance(port, folder), startInstance(port + 1, folder)]
  const nginx = spawn('nginx', [...args, '-g', globals], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${front}`
  try {
    for (const each of [port, port + 1, front]) await answering(`http://127.0.0.1:${each}/healthz`)

    const pages = Array.from({ length: 40 }, (_, i) => read(`${url}/names?page=${i + 1}`))
    for (const { status } of await Promise.all(pages)) assert.equal(status, 200)
    const shares = [await served(port), await served(port + 1)]
    assert.ok(shares[0] > 0 && shares[1] > 0 && shares[0] + shares[1] === 40, String(shares))
    say(`40 pages through nginx, divided ${shares.join(' : ')} over two instances`)

    const file = await read(`${url}/static/app.css`)
    assert.equal(file.status, 200)
    assert.equal(file.headers.get('x-request-id'), null)
    say('static files come from nginx itself')

    const answer = await read(`${url}/notifications`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '[{"phoneNumber":"4153518743","message":"hello"}]'
    })
    assert.equal(answer.status, 202)
    const { links } = JSON.parse(answer.text).notifications[0]
    const events = await read(url + links.events)
    assert.match(events.text, /^event: outcome$/m)
    say('the events of a notification come through, to its outcome')

    assert.equal((await read(`${url}/kue/stats`)).status, 401)
    assert.equal((await read(`${url}/kue/stats`, AUTHORIZED)).status, 200)
    say('/kue is open to this machine, with the password')

    // As Kue has it, a job that is not there is removed too; a page of another site gets 403.
    const ownPage = { ...AUTHORIZED.headers, Origin: new URL(url).origin }
    const removal = await read(`${url}/kue/job/999999`, { method: 'DELETE', headers: ownPage })
    assert.equal(removal.status, 200)
    say('jobs can be removed from the page, also on a port of its own')

    for (const way of [
      '/kue/stats',
      '/KUE/stats',
      '/Dashboard',
      '/METRICS',
      '/%6bue/',
      '//kue/x'
    ]) {
      assert.equal(await statusFor(ELSEWHERE, front, way), 403, way)
    }
    assert.equal(await statusFor(ELSEWHERE, front, '/names'), 200)
    say('/kue, /dashboard and /metrics are closed to others, however they are written')

    instances[0].kill('SIGTERM')
    await once(instances[0], 'exit')
    for (let page = 1; page <= 20; page++) {
      assert.equal((await read(`${url}/names?page=${page}`)).status, 200)
    }
    assert.equal(instances[0].exitCode, 0)
    say('one instance ended: 20 of 20 pages from the other')
  } finally {
    nginx.kill('SIGQUIT')
    await once(nginx, 'exit')
    for (const instance of instances) {
      if (instance.exitCode !== null) continue
      instance.kill('SIGTERM')
      await once(instance, 'exit')
    }
  }
}

/** @param {string} folder */
async function tryPm2(folder) {
  const installed = spawnSync('which', ['pm2']).status === 0
  const [file, ...first] = installed ? ['pm2'] : ['npx', '--yes', 'pm2@7']
  const port = await twoPorts()
  const env = {
    ...process.env,
    PM2_HOME: path.join(folder, 'pm2'),
    PORT: String(port),
    DATA_DIR: folder,
    LOG_LEVEL: 'silent'
  }
  const pm2 = (/** @type {string[]} */ ...args) =>
    spawnSync(file, [...first, ...args], { cwd: folder, env, encoding: 'utf8' })
  const version = pm2('--version')
  if (version.status !== 0) throw new Missing(`no pm2, and npx cannot fetch it: ${version.stderr}`)
  try {
    const started = pm2('start', path.join(APP, 'ecosystem.config.js'))
    assert.equal(started.status, 0, started.stdout + started.stderr)
    const urls = [port, port + 1].map((each) => `http://127.0.0.1:${each}`)
    for (const url of urls) await answering(`${url}/healthz`)
    say(`pm2 ${version.stdout.trim().split('\n').at(-1)}: two instances on one SQLite store`)

    // Items sold through both, of which there are ten.
    const asked = Array.from({ length: 30 }, (_, i) => read(`${urls[i % 2]}/reserve_product/2`))
    const sold = (await Promise.all(asked)).filter(({ text }) => text.includes('confirmed'))
    assert.equal(sold.length, 10)
    say('30 buyers at both instances: 10 of 10 pieces sold, none twice')

    const before = JSON.parse(pm2('jlist').stdout).map((each) => each.pid)
    const reloaded = pm2('reload', 'rekue-app')
    assert.equal(reloaded.status, 0, reloaded.stdout + reloaded.stderr)
    for (const url of urls) assert.equal((await answering(`${url}/healthz`)).status, 200)
    const after = JSON.parse(pm2('jlist').stdout)
    assert.ok(after.every((each) => !before.includes(each.pid) && each.pm2_env.status === 'online'))
    const stock = await read(`${urls[1]}/list_products/2`)
    assert.equal(JSON.parse(stock.text).currentQuantity, 0)
    say('pm2 reload: new processes, and what was sold stays sold')
  } finally {
    pm2('kill')
  }
}

/** @param {string} folder */
async function trySystemd(folder) {
  need('systemd-analyze', 'it comes with systemd')
  const unit = path.join(folder, 'rekue-app.service')
  // The checker wants the program to be there, wherever Node lies on this machine.
  const text = fs
    .readFileSync(path.join(__dirname, 'rekue-app.service'), 'utf8')
    .replace('/usr/bin/node', process.execPath)
  fs.writeFileSync(unit, text)
  const checked = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' })
  const complaints = checked.stderr.split('\n').filter((line) => line.includes('rekue-app'))
  assert.deepEqual(complaints, [])
  say('systemd-analyze verify: the unit is valid. It was not started: that needs a running systemd')
}

async function tryDocker() {
  need('docker', 'https://docs.docker.com/engine/install')
  if (spawnSync('docker', ['info']).status !== 0) {
    throw new Missing(
      'the Docker daemon does not run, so neither Dockerfile nor compose.yaml was tried'
    )
  }
  const tag = 'rekue-app-try'
  const args = ['build', '-f', 'app/deploy/Dockerfile', '-t', tag, '.']
  const built = spawnSync('docker', args, { cwd: ROOT, stdio: 'inherit' })
  assert.equal(built.status, 0)
  const port = await freePort()
  const options = ['--rm', '-d', '-p', `127.0.0.1:${port}:3000`, '-e', 'ADMIN_PASSWORD=12345678']
  const run = spawnSync('docker', ['run', ...options, tag], { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  try {
    assert.equal((await answering(`http://127.0.0.1:${port}/readyz`)).status, 200)
    say('the image is built, runs and is ready')
  } finally {
    spawnSync('docker', ['stop', run.stdout.trim()])
  }
}

const TRIALS = { nginx: tryNginx, pm2: tryPm2, systemd: trySystemd, docker: tryDocker }

async function main() {
  const named = process.argv.slice(2)
  const wanted = named.length > 0 ? named : Object.keys(TRIALS)
  for (const name of wanted) {
    const trial = TRIALS[/** @type {keyof typeof TRIALS} */ (name)]
    if (!trial) throw new Error(`there is no trial ${name}; there are ${Object.keys(TRIALS)}`)
    process.stdout.write(`${name}\n`)
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), `rekue-try-${name}-`))
    try {
      await trial(folder)
    } catch (error) {
      if (!(error instanceof Missing)) throw error
      say(`not run here: ${error.message}`)
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
