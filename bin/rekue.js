#!/usr/bin/env node
'use strict'

require('../lib/cli/secrets').hideSecrets()

/** The command line: `rekue COMMAND …`, one file of lib/cli a command. */

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
  if (command === undefined || command === '--help' || command === '-h') {
    console.log(usage())
    return
  }
  if (command === '--version') {
    console.log(require('../package.json').version)
    return
  }
  if (!Object.hasOwn(COMMANDS, command)) {
    throw new Error(`there is no command ${JSON.stringify(command)}\n\n${usage()}`)
  }
  await require(`../lib/cli/${command}`).run(args)
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`rekue: ${error.message}`)
  process.exitCode = error.exitCode ?? 1
})
