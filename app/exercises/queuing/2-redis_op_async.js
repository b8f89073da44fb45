'use strict'

// The same as 1-redis_op.js, where reading is awaited.

const { promisify } = require('node:util')
const redis = require('rekue/redis')

const client = redis.createClient(process.env.REDIS_URL)
const get = promisify(client.get).bind(client)

client
  .on('connect', () => console.log('Redis client connected to the server'))
  .on('error', (error) => console.log(`Redis client not connected to the server: ${error}`))

/** @param {string} schoolName @param {string} value */
function setNewSchool(schoolName, value) {
  client.set(schoolName, value, redis.print)
}

/** @param {string} schoolName */
async function displaySchoolValue(schoolName) {
  console.log(await get(schoolName))
}

async function main() {
  await displaySchoolValue('Holberton')
  setNewSchool('HolbertonSanFrancisco', '100')
  await displaySchoolValue('HolbertonSanFrancisco')
}

main()
