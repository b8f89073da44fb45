# What the exercises show, word for word.
home_title = Welcome to Holberton
home_header = Hello world!
# $username (String) - who is logged in
logged_in_as = You are logged in as { $username }.
not_logged_in = You are not logged in.
# $current_time (String) - a formatted date with its time
current_time_is = The current time is { $current_time }.

## The page that lets you try locales and time zones

i18n_title = Languages and time zones
i18n_locale = Language
i18n_timezone = Time zone
i18n_user = Logged in as
i18n_nobody = Nobody
i18n_apply = Show
# Each language by its own name, in every catalog.
language_en = English
language_fr = Français
language_es = Español
language_ar = العربية

## Names, a table in pages

names_title = Popular baby names
names_year = Year of birth
names_gender = Gender
names_ethnicity = Ethnicity
names_name = Child’s first name
names_count = Count
names_rank = Rank
# $page (Number), $pages (Number) - where the reader is
page_of = Page { $page } of { $pages }
page_next = Next
page_previous = Previous
# $count (Number) - rows in all
rows_found =
    { $count ->
        [0] No names found
        [one] { $count } name
       *[other] { $count } names
    }

## Products and their stock

stock_title = Products
# $price (Number) - in US dollars
stock_price = { NUMBER($price, style: "currency", currency: "USD", maximumFractionDigits: 0) }
# $count (Number) - how many are left
stock_left =
    { $count ->
        [0] Sold out
        [one] { $count } left
       *[other] { $count } left
    }
stock_reserve = Reserve
stock_confirmed = Reservation confirmed
stock_not_enough = Not enough stock available
stock_not_found = Product not found

## Seats

seats_title = Seats
# $count (Number) - seats that are free
seats_available =
    { $count ->
        [0] No seats available
        [one] { $count } seat available
       *[other] { $count } seats available
    }
seats_reserve = Reserve a seat
seats_in_process = Reservation in process
seats_blocked = Reservations are blocked
seats_failed = Reservation failed
seats_processing = Queue processing

## Notifications

notifications_title = Notifications
notification_phone = Phone number
notification_message = Message
notification_send = Send
notification_inactive = Waiting
notification_delayed = Delayed
notification_active = Being sent
notification_complete = Sent
notification_failed = Failed
# $progress (Number) - a part of 1
notification_progress = { NUMBER($progress, style: "percent") } done
# $count (Number) - how many were taken on
notifications_created =
    { $count ->
        [one] { $count } notification created
       *[other] { $count } notifications created
    }

## Titles of problems (RFC 9457)

problem_bad_request = Bad request
problem_not_found = Not found
problem_method_not_allowed = Method not allowed
problem_conflict = Conflict
problem_too_large = Request too large
problem_unsupported_media_type = Unsupported media type
problem_too_many_requests = Too many requests
problem_internal = Internal error
problem_unavailable = Service unavailable
# $name (String) - a parameter of the request
problem_bad_parameter = The parameter { $name } is not valid
