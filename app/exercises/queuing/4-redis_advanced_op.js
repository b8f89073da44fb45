'use strict'

// Write a hash field by field, and read it as an object.

const redis = require('rekue/redis')

const client = redis.createClient(process.env.REDIS_URL)

const HASH = 'HolbertonSchools'
const SCHOOLS = [
  ['Portland', 50],
  ['Seattle', 80],
  ['New York', 20],
  ['Bogota', 20],
  ['Cali', 40],
  ['Paris', 2]
]

client.on('error', (error) => console.log(`Redis client not connected to the server: ${error}`))

for (const [school, value] of SCHOOLS) client.hset(HASH, school, value, redis.print)

client.hgetall(HASH, (error, schools) => {
  if (error) throw error
  console.log(schools)
})
