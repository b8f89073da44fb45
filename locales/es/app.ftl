home_title = Bienvenido a Holberton
home_header = ¡Hola, mundo!
logged_in_as = Has iniciado sesión como { $username }.
not_logged_in = No has iniciado sesión.
current_time_is = La hora actual es { $current_time }.

## The page that lets you try locales and time zones

i18n_title = Idiomas y zonas horarias
i18n_locale = Idioma
i18n_timezone = Zona horaria
i18n_user = Sesión iniciada como
i18n_nobody = Nadie
i18n_apply = Mostrar
language_en = English
language_fr = Français
language_es = Español
language_ar = العربية

## Names, a table in pages

names_title = Nombres populares de bebés
names_year = Año de nacimiento
names_gender = Sexo
names_ethnicity = Etnia
names_name = Nombre de pila
names_count = Cantidad
names_rank = Puesto
page_of = Página { $page } de { $pages }
page_next = Siguiente
page_previous = Anterior
rows_found =
    { $count ->
        [0] No se encontraron nombres
        [one] { $count } nombre
        [many] { $count } de nombres
       *[other] { $count } nombres
    }

## Products and their stock

stock_title = Productos
stock_price = { NUMBER($price, style: "currency", currency: "USD", maximumFractionDigits: 0) }
stock_left =
    { $count ->
        [0] Agotado
        [one] Queda { $count }
        [many] Quedan { $count }
       *[other] Quedan { $count }
    }
stock_reserve = Reservar
stock_confirmed = Reserva confirmada
stock_not_enough = No hay existencias suficientes
stock_not_found = Producto no encontrado

## Seats

seats_title = Plazas
seats_available =
    { $count ->
        [0] No hay plazas disponibles
        [one] { $count } plaza disponible
        [many] { $count } de plazas disponibles
       *[other] { $count } plazas disponibles
    }
seats_reserve = Reservar una plaza
seats_in_process = Reserva en curso
seats_blocked = Las reservas están bloqueadas
seats_failed = La reserva ha fallado
seats_processing = Procesando la cola

## Notifications

notifications_title = Notificaciones
notification_phone = Número de teléfono
notification_message = Mensaje
notification_send = Enviar
notification_inactive = En espera
notification_delayed = Aplazada
notification_active = Enviándose
notification_complete = Enviada
notification_failed = Fallida
notification_progress = { NUMBER($progress, style: "percent") } completado
notifications_created =
    { $count ->
        [one] { $count } notificación creada
        [many] { $count } de notificaciones creadas
       *[other] { $count } notificaciones creadas
    }

## Titles of problems (RFC 9457)

problem_bad_request = Solicitud incorrecta
problem_not_found = No encontrado
problem_method_not_allowed = Método no permitido
problem_conflict = Conflicto
problem_too_large = Solicitud demasiado grande
problem_unsupported_media_type = Tipo de contenido no admitido
problem_too_many_requests = Demasiadas solicitudes
problem_internal = Error interno
problem_unavailable = Servicio no disponible
problem_bad_parameter = El parámetro { $name } no es válido
