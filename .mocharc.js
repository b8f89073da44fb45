'use strict'

const path = require('node:path')

// Mocha adds the files of its command line to `spec` instead of taking them alone.
const namesFiles = process.argv.slice(2).some((argument) => argument.endsWith('.test.js'))

module.exports = {
  ...(namesFiles ? {} : { spec: ['__tests__/**/*.test.js'] }),
  // Also from a folder within.
  reporter: path.join(__dirname, 'test-support/reporter.js'),
  timeout: 20000,
  slow: 1000
}
