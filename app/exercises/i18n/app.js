'use strict'

/**
 * The i18n exercise as a program of its own, as the original is:
 *
 *   node app/exercises/i18n/app.js          then http://127.0.0.1:5000/?login_as=1
 */

const express = require('express')
const { exercisePage, loadExerciseI18n } = require('./page')

const PORT = Number(process.env.PORT || 5000)

loadExerciseI18n().then((texts) => {
  const app = express()
  app.get('/', (req, res) => {
    // A parameter that is given twice is none that the exercise knows.
    const query = Object.fromEntries(
      Object.entries(req.query).filter(([, value]) => typeof value === 'string')
    )
    res.type('html').send(exercisePage(texts, query, req.get('Accept-Language')).body)
  })
  app.listen(PORT, '127.0.0.1')
})
