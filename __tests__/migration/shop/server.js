'use strict'

const express = require('express')
const kue = require('kue')
const orders = require('./orders')

const app = express()

app.post('/orders', express.json(), (req, res) => {
  const payment = orders.place(
    req.body,
    () => {},
    () => {}
  )
  // The answer comes when the order is stored, not when it is paid.
  payment.on('enqueue', () => res.status(202).json({ job: payment.id }))
})

// Kue's own pages and API, for those who know the password.
kue.app.set('title', 'Shop')
app.use('/jobs', (req, res, next) => {
  if (req.headers.authorization === 'Basic c2hvcDpzZWNyZXQ=') return next()
  res.status(401).end()
})
app.use('/jobs', kue.app)

module.exports = app
