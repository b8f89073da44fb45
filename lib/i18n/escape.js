'use strict'

/** @type {Record<string, string>} */
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * Text for an element of HTML, or for an attribute's value in quotes.
 * @param {string} text
 */
function escapeHtml(text) {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (character) => ENTITIES[character]) : text
}

module.exports = { escapeHtml }
