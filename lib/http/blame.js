'use strict'

/**
 * Whether the store is to blame for an error, not the request.
 * @param {any} error
 */
const isStores = (error) => /^ERR_STORE_/.test(String(error?.code))

module.exports = { isStores }
