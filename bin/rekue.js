#!/usr/bin/env node
'use strict'

/**
 * The command line: `rekue COMMAND …`, one file of lib/cli a command. Exit codes: 0 all is well, 1
 * something is wrong or could not be done, 2 the command was called wrongly.
 */

const { guardOutput } = require('../lib/cli/output')
const { hideSecrets } = require('../lib/cli/secrets')
const { UsageError, isUsageError } = require('../lib/cli/usage-error')

const COMMANDS = {
  cache: 'compare replacement policies on a trace (rekue cache simulate)',
  i18n: 'keep catalogs of messages complete and right (rekue i18n check | update | …)',
  dashboard: "serve Kue's JSON API for a queue, and a page over it",
  repair: 'mend what processes left behind that died (rekue repair STORE)',
  stats: 'tell how many jobs are in each state',
  store: 'copy a store that is in use, or its jobs to another (rekue store backup | copy)'
}

function usage() {
  const lines = Object.entries(COMMANDS).map(([name, what]) => `  ${name.padEnd(10)} ${what}`)
  return ['usage: rekue COMMAND …', '', ...lines, '', 'rekue COMMAND --help tells more.'].join('\n')
}

async function main([command, ...args]) {
  if (command === undefined) throw new UsageError(usage())
  if (command === '--help' || command === '-h') {
    console.log(usage())
    return
  }
  if (command === '--version') {
    console.log(require('../package.json').version)
    return
  }
  if (!Object.hasOwn(COMMANDS, command)) {
    throw new UsageError(`there is no command ${JSON.stringify(command)}\n\n${usage()}`)
  }
  await require(`../lib/cli/${command}`).run(args)
}

guardOutput()
hideSecrets()
main(process.argv.slice(2)).catch((error) => {
  const message = String(error?.message ?? error)
  console.error(message.startsWith('usage: ') ? message : `rekue: ${message}`)
  process.exitCode = isUsageError(error) ? 2 : 1
})
