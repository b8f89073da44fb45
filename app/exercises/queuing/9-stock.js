'use strict'

const express = require('express')
const redis = require('rekue/redis')

const PORT = Number(process.env.PORT || 1245)

const listProducts = [
  { itemId: 1, itemName: 'Suitcase 250', price: 50, initialAvailableQuantity: 4 },
  { itemId: 2, itemName: 'Suitcase 450', price: 100, initialAvailableQuantity: 10 },
  { itemId: 3, itemName: 'Suitcase 650', price: 350, initialAvailableQuantity: 2 },
  { itemId: 4, itemName: 'Suitcase 1050', price: 550, initialAvailableQuantity: 5 }
]

/**
 * KEYS[1]  how many pieces are reserved
 * ARGV     how many there are
 * Returns  1 if one more is reserved now, 0 if all are
 * Invariant: the number never exceeds the pieces, whoever asks at the same time
 */
const RESERVE = `
if tonumber(redis.call('GET', KEYS[1]) or 0) >= tonumber(ARGV[1]) then return 0 end
redis.call('INCR', KEYS[1])
return 1
`

const client = redis.createClient(process.env.REDIS_URL)
client.on('error', (error) => console.log(`Redis client not connected to the server: ${error}`))

/** @param {string} id */
function getItemById(id) {
  return listProducts.find((product) => String(product.itemId) === id)
}

/** @param {{ itemId: number, initialAvailableQuantity: number }} product */
async function reserveStockById({ itemId, initialAvailableQuantity }) {
  const reserved = await client.async.eval(RESERVE, 1, `item.${itemId}`, initialAvailableQuantity)
  return reserved === 1
}

/** @param {number} itemId @returns {Promise<number>} how many pieces are reserved */
async function getCurrentReservedStockById(itemId) {
  return Number(await client.async.get(`item.${itemId}`))
}

const app = express()

app.get('/list_products', (_req, res) => {
  res.json(listProducts)
})

app.get('/list_products/:itemId', async (req, res) => {
  const product = getItemById(req.params.itemId)
  if (!product) return res.json({ status: 'Product not found' })
  const reserved = await getCurrentReservedStockById(product.itemId)
  res.json({ ...product, currentQuantity: product.initialAvailableQuantity - reserved })
})

app.get('/reserve_product/:itemId', async (req, res) => {
  const product = getItemById(req.params.itemId)
  if (!product) return res.json({ status: 'Product not found' })
  const { itemId } = product
  const status = (await reserveStockById(product))
    ? 'Reservation confirmed'
    : 'Not enough stock available'
  res.json({ status, itemId })
})

app.listen(PORT)
