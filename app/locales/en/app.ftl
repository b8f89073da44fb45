language = English

## Pages of names

names-title = Popular names
names-total = { $total ->
    [one] { NUMBER($total) } name.
   *[other] { NUMBER($total) } names.
}
names-page = Page { NUMBER($page) } of { NUMBER($pages) }.
names-index = From row { NUMBER($index) } on.
names-empty = There are no names here.
names-generated = As of { $date }
names-first = First
names-prev = Previous
names-next = Next
names-last = Last
names-all = All
names-apply = Show
sort-by = Order
sort-file = as in the file
sort-count = by count
sort-name = by name

column-year = Year of birth
column-gender = Gender
column-ethnicity = Ethnicity
column-name = First name
column-count = Count
column-rank = Rank

gender-female = Female
gender-male = Male
ethnicity-asian = Asian and Pacific Islander
ethnicity-black = Black non Hispanic
ethnicity-hispanic = Hispanic
ethnicity-white = White non Hispanic

## The first page

home-title = rekue
home-names = Names, a page at a time
home-i18n = The page of the i18n exercise
home-jobs = All jobs
home-dashboard = The dashboard of the service
home-openapi = All routes, described for programs
home-metrics = Metrics

## Errors

problem-invalid-request = The request is not valid
    .detail = At least one parameter has a value that is not allowed; “errors” says which.
reason-whole-number = must be a whole number from { $minimum } to { $maximum }
reason-index = there is no row with this index
reason-cursor = this is no cursor of this list; begin without one
reason-page = must be the number of a page, from 1 on
problem-invalid-json = The body cannot be read
    .detail = The body of the request is not valid JSON.
problem-malformed-request = The request cannot be read
    .detail = The request is not well-formed: its address has a percent sign that stands for nothing, or its body is not as long as it says.
problem-not-found = Not found
    .detail = There is nothing at this address.
problem-method-not-allowed = Method not allowed
    .detail = This address does not take that method; the header “Allow” lists those it takes.
problem-not-acceptable = Not available in this form
    .detail = There is nothing in a form that the request accepts.
problem-cursor-expired = The cursor is out of date
    .detail = The data has changed since the cursor was made. Start again at the first page.
problem-too-large = The request is too large
    .detail = The body of the request is larger than is allowed here.
problem-unsupported-media-type = Unknown media type
    .detail = The body must be JSON in UTF-8, with the type application/json.
problem-rate-limited = Too many requests
    .detail = There were more requests from your address than are allowed. Try again after the time in “Retry-After”.
problem-client-closed = The request was broken off
    .detail = The body of the request did not arrive whole.
problem-unauthorized = Please sign in
    .detail = This address asks for the password of the service.
problem-forbidden = Not allowed
    .detail = This address is closed, because the service has no password. Set ADMIN_PASSWORD to open it.
problem-forbidden-proxied = Not allowed through a proxy
    .detail = This address is for this machine only, and the request came through a proxy, behind which anybody may be. Set ADMIN_PASSWORD to open it.
problem-forbidden-host = Not allowed under this name
    .detail = Without a password this address answers only to the names of this machine, such as localhost or 127.0.0.1. Set ADMIN_PASSWORD to reach it under another name.
problem-internal = Something went wrong
    .detail = The error is on our side and has been recorded. Please mention the instance when you report it.
problem-unavailable = For the moment not available
    .detail = A part of the service that this needs does not answer. Please try again soon.
