'use strict'

/** `rekue i18n …`, one file of lib/cli/i18n a command or a pair that belongs together. */

const { UsageError } = require('./usage-error')

/** @type {Record<string, { file: string, what: string }>} */
const COMMANDS = {
  extract: { file: 'extract', what: 'list the ids and arguments that code uses' },
  init: { file: 'update', what: 'begin a new locale from the source' },
  update: { file: 'update', what: 'bring locales to the state of the source' },
  check: { file: 'check', what: 'find what is wrong with catalogs, and with how code uses them' },
  coverage: { file: 'coverage', what: 'tell how much of each locale is translated' },
  pseudo: { file: 'pseudo', what: 'make a pseudo-locale from the source' },
  types: { file: 'types', what: 'write ids and arguments as TypeScript declarations' },
  export: { file: 'exchange', what: 'write a locale as PO or XLIFF, for translation tools' },
  import: { file: 'exchange', what: 'take translations from PO or XLIFF' }
}

function usage() {
  const lines = Object.entries(COMMANDS).map(([name, { what }]) => `  ${name.padEnd(10)} ${what}`)
  return [
    'usage: rekue i18n COMMAND …',
    '',
    ...lines,
    '',
    'Each takes --dir (default: locales) and --source, the locale that the others are translated',
    'from (default: en). Exit codes: 0 all is well, 1 there are problems, 2 the command was called',
    'wrongly. rekue i18n COMMAND --help tells more.'
  ].join('\n')
}

/** @param {string[]} args behind `rekue i18n` */
async function run([command, ...args]) {
  if (command === undefined) throw new UsageError(usage())
  if (command === '--help' || command === '-h') {
    console.log(usage())
    return
  }
  if (!Object.hasOwn(COMMANDS, command)) {
    throw new UsageError(`there is no command i18n ${JSON.stringify(command)}\n\n${usage()}`)
  }
  await require(`./i18n/${COMMANDS[command].file}`)[command](args)
}

module.exports = { run }
