'use strict'

// Read and write values with callbacks. The calls come before the connection is up: they wait.

const redis = require('rekue/redis')

const client = redis.createClient(process.env.REDIS_URL)

client
  .on('connect', () => console.log('Redis client connected to the server'))
  .on('error', (error) => console.log(`Redis client not connected to the server: ${error}`))

/** @param {string} schoolName @param {string} value */
function setNewSchool(schoolName, value) {
  client.set(schoolName, value, redis.print)
}

/** @param {string} schoolName */
function displaySchoolValue(schoolName) {
  client.get(schoolName, (error, value) => {
    if (error) throw error
    console.log(value)
  })
}

displaySchoolValue('Holberton')
setNewSchool('HolbertonSanFrancisco', '100')
displaySchoolValue('HolbertonSanFrancisco')
