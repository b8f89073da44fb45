'use strict'

// Send messages to a channel, one after the other; stay connected.

const redis = require('rekue/redis')

const CHANNEL = 'holberton school channel'

const client = redis.createClient(process.env.REDIS_URL)

client
  .on('connect', () => console.log('Redis client connected to the server'))
  .on('error', (error) => console.log(`Redis client not connected to the server: ${error}`))

/** @param {string} message @param {number} time ms from now */
function publishMessage(message, time) {
  setTimeout(() => {
    console.log(`About to send ${message}`)
    client.publish(CHANNEL, message)
  }, time)
}

publishMessage('Holberton Student #1 starts course', 100)
publishMessage('Holberton Student #2 starts course', 200)
publishMessage('KILL_SERVER', 300)
publishMessage('Holberton Student #3 starts course', 400)
