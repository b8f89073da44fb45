'use strict'

/** Exercise 9: a small stock, of which no piece is sold twice. */

const { randomUUID } = require('node:crypto')
const { z } = require('zod')

/** As the exercise has it. */
const PRODUCTS = [
  { itemId: 1, itemName: 'Suitcase 250', price: 50, initialAvailableQuantity: 4 },
  { itemId: 2, itemName: 'Suitcase 450', price: 100, initialAvailableQuantity: 10 },
  { itemId: 3, itemName: 'Suitcase 650', price: 350, initialAvailableQuantity: 2 },
  { itemId: 4, itemName: 'Suitcase 1050', price: 550, initialAvailableQuantity: 5 }
]

const Product = z.strictObject({
  itemId: z.int(),
  itemName: z.string(),
  price: z.int(),
  initialAvailableQuantity: z.int()
})
const Stock = Product.extend({ currentQuantity: z.int().min(0) })
const NotFound = z.strictObject({ status: z.literal('Product not found') })
const Confirmed = z.strictObject({
  status: z.enum(['Reservation confirmed', 'Not enough stock available']),
  itemId: z.int()
})

/** Any text is a question that the exercise answers: there is no such product. */
const params = z.object({ itemId: z.string() })

/** @param {string} text */
function findProduct(text) {
  return PRODUCTS.find(({ itemId }) => String(itemId) === text)
}

/** @param {import('../service').Parts} parts @returns {import('../http/router').Route[]} */
function productRoutes({ reservations }) {
  const nameOf = (/** @type {{ itemId: number }} */ { itemId }) => `item-${itemId}`
  return [
    {
      method: 'get',
      path: '/list_products',
      tag: 'exercises',
      summary: 'All products',
      answers: { 200: { description: 'The products', json: z.array(Product) } },
      handler: (_req, res) => res.json(PRODUCTS)
    },
    {
      method: 'get',
      path: '/list_products/:itemId',
      tag: 'exercises',
      summary: 'A product, and how many pieces are left',
      params,
      answers: {
        200: { description: 'The product, or that there is none', json: z.union([Stock, NotFound]) }
      },
      problems: ['unavailable'],
      async handler(req, res) {
        const product = findProduct(req.valid.params.itemId)
        if (!product) return res.json({ status: 'Product not found' })
        const taken = await reservations.taken(nameOf(product))
        const currentQuantity = Math.max(0, product.initialAvailableQuantity - taken)
        res.json({ ...product, currentQuantity })
      }
    },
    {
      method: 'get',
      path: '/reserve_product/:itemId',
      tag: 'exercises',
      summary: 'Reserve a piece of a product',
      acts: true,
      params,
      answers: {
        200: {
          description: 'Whether it is reserved, or that there is no such product',
          json: z.union([Confirmed, NotFound])
        }
      },
      problems: ['unavailable'],
      async handler(req, res) {
        const product = findProduct(req.valid.params.itemId)
        if (!product) return res.json({ status: 'Product not found' })
        const { itemId, initialAvailableQuantity: total } = product
        const place = await reservations.reserve(nameOf(product), total, randomUUID())
        const status = place === null ? 'Not enough stock available' : 'Reservation confirmed'
        res.json({ status, itemId })
      }
    }
  ]
}

module.exports = { productRoutes }
