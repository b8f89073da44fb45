'use strict'

const js = require('@eslint/js')
const globals = require('globals')

module.exports = [
  { ignores: ['node_modules/', 'target/', '.cache/', 'app/data/', 'bench/results/', '**/*.d.ts'] },
  {
    ...js.configs.recommended,
    files: ['**/*.js']
  },
  {
    files: ['**/*.js'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'commonjs', globals: globals.node },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always'],
      'prefer-const': 'error',
      'no-var': 'error',
      'no-unused-vars': [
        'error',
        {
          // Express tells an error handler from others by its four parameters, and rekue tells the
          // kinds of processor apart by their number: what is unused may still have to stand.
          argsIgnorePattern: '^_',
          // `const { secret, ...rest } = options` is how to leave something out.
          ignoreRestSiblings: true
        }
      ]
    }
  },
  {
    // The pages of the web application and of the app.
    files: ['lib/http/public/*.js', 'app/public/**/*.js'],
    languageOptions: { sourceType: 'script', globals: globals.browser }
  },
  {
    files: ['__tests__/**/*.js', 'test-support/**/*.js', 'app/**/*.test.js'],
    languageOptions: { globals: globals.mocha }
  }
]
