'use strict'

/**
 * `rekue/i18n`: messages in Project Fluent's format, with the words, digits and time zone of each
 * request.
 */

const { I18n } = require('./i18n/i18n')

module.exports = { I18n }
