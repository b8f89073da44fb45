'use strict'

// Print the messages of a channel until one says to stop; then the process ends by itself.

const redis = require('rekue/redis')

const CHANNEL = 'holberton school channel'

const client = redis.createClient(process.env.REDIS_URL)

client
  .on('connect', () => console.log('Redis client connected to the server'))
  .on('error', (error) => console.log(`Redis client not connected to the server: ${error}`))
  .on('message', (_channel, message) => {
    if (message === 'KILL_SERVER') {
      client.unsubscribe(CHANNEL)
      client.quit()
    } else {
      console.log(message)
    }
  })

client.subscribe(CHANNEL)
