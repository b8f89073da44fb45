'use strict'

const express = require('express')
const kue = require('rekue')
const redis = require('rekue/redis')

const PORT = Number(process.env.PORT || 1245)
const KEY = 'available_seats'
const SEATS = 50

/**
 * KEYS[1]  how many seats are left
 * Returns  how many are left after this one; -1 where there was none
 * Invariant: the number is never below 0
 */
const TAKE_SEAT = `
if tonumber(redis.call('GET', KEYS[1]) or 0) < 1 then return -1 end
return redis.call('DECR', KEYS[1])
`

const client = redis.createClient(process.env.REDIS_URL)
client.on('error', (error) => console.log(`Redis client not connected to the server: ${error}`))

const queue = kue.createQueue({ redis: process.env.REDIS_URL })
let reservationEnabled = true

/** @param {number} number */
function reserveSeat(number) {
  return client.async.set(KEY, number)
}

/** @returns {Promise<string>} as Redis has it */
function getCurrentAvailableSeats() {
  return client.async.get(KEY)
}

const app = express()

app.get('/available_seats', async (_req, res) => {
  res.json({ numberOfAvailableSeats: await getCurrentAvailableSeats() })
})

app.get('/reserve_seat', (_req, res) => {
  if (!reservationEnabled) return res.json({ status: 'Reservation are blocked' })
  const job = queue.create('reserve_seat', {}).save((error) => {
    res.json({ status: error ? 'Reservation failed' : 'Reservation in process' })
  })
  job.on('complete', () => console.log(`Seat reservation job ${job.id} completed`))
  job.on('failed', (message) => console.log(`Seat reservation job ${job.id} failed: ${message}`))
})

app.get('/process', (_req, res) => {
  res.json({ status: 'Queue processing' })
  queue.process('reserve_seat', async () => {
    const left = await client.async.eval(TAKE_SEAT, 1, KEY)
    if (left <= 0) reservationEnabled = false
    if (left < 0) throw new Error('Not enough seats available')
  })
})

reserveSeat(SEATS).then(() => app.listen(PORT))
