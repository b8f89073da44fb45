/**
 * Uses of the public types of rekue/pagination; nothing here runs.
 */

import { Dataset, indexRange, paginate, type View } from 'rekue/pagination'

const range: [number, number] = indexRange(1, 7)
const opening: Promise<Dataset> = Dataset.open('names.csv', { delimiter: ';', sidecar: true })

async function use(dataset: Dataset) {
  const rows: string[][] = dataset.getPage(range[0])
  const next: number | null = dataset.getHyperIndex(0, 2).next_index
  const view: View = await dataset.query({
    filter: { Count: { gte: 10, in: [1, '2'] }, Gender: 'MALE' },
    sort: '-Count,Rank',
    select: ['Count']
  })
  const json: Buffer = view.pageJson({ page: 2, pageSize: 20, baseUrl: '/names' })
  const cursor: string | null = view.after({ limit: 3 }).next_cursor
  const name: string = dataset.page().data[0].Name
  paginate(dataset, { style: 'cursor', cursorSecret: json })(0, 0, () => {})
  dataset.close()
  return { rows, next, cursor, name }
}
void opening.then(use)

// @ts-expect-error -- made by query() only
void View
// @ts-expect-error -- opened, not constructed
new Dataset()
// @ts-expect-error -- no such option
void Dataset.open('names.csv', { delimeter: ';' })
// @ts-expect-error -- no such operator
void opening.then((dataset) => dataset.query({ filter: { Count: { above: 1 } } }))
// @ts-expect-error -- a page is a number
void opening.then((dataset) => dataset.getPage('1'))
