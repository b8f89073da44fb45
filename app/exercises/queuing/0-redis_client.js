'use strict'

// Connect to Redis and tell how that goes; stay connected.

const redis = require('rekue/redis')

const client = redis.createClient(process.env.REDIS_URL)

client
  .on('connect', () => console.log('Redis client connected to the server'))
  .on('error', (error) => console.log(`Redis client not connected to the server: ${error}`))
