language = Español

## Páginas de nombres

names-title = Nombres populares
names-total = { $total ->
    [one] { NUMBER($total) } nombre.
    [many] { NUMBER($total) } de nombres.
   *[other] { NUMBER($total) } nombres.
}
names-page = Página { NUMBER($page) } de { NUMBER($pages) }.
names-index = Desde la fila { NUMBER($index) }.
names-empty = Aquí no hay nombres.
names-generated = Actualizado el { $date }
names-first = Primera
names-prev = Anterior
names-next = Siguiente
names-last = Última
names-all = Todos
names-apply = Mostrar
sort-by = Orden
sort-file = del archivo
sort-count = por cantidad
sort-name = por nombre

column-year = Año de nacimiento
column-gender = Sexo
column-ethnicity = Origen étnico
column-name = Nombre
column-count = Cantidad
column-rank = Puesto

gender-female = Femenino
gender-male = Masculino
ethnicity-asian = Asiático e isleño del Pacífico
ethnicity-black = Negro no hispano
ethnicity-hispanic = Hispano
ethnicity-white = Blanco no hispano

## La primera página

home-title = rekue
home-names = Los nombres, página a página
home-i18n = La página del ejercicio de i18n
home-jobs = Todos los trabajos
home-dashboard = El panel del servicio
home-openapi = Todas las rutas, descritas para programas
home-metrics = Métricas

## Errores

problem-invalid-request = La petición no es válida
    .detail = Al menos un parámetro tiene un valor que no se admite; «errors» dice cuál.
reason-whole-number = debe ser un número entero de { $minimum } a { $maximum }
reason-index = no hay ninguna fila con este índice
reason-cursor = no es un cursor de esta lista; empiece sin cursor
reason-page = debe ser el número de una página, a partir de 1
problem-invalid-json = No se puede leer el cuerpo
    .detail = El cuerpo de la petición no es JSON válido.
problem-malformed-request = No se puede leer la petición
    .detail = La petición está mal formada: su dirección tiene un signo de porcentaje que no significa nada, o su cuerpo no mide lo que dice.
problem-not-found = No encontrado
    .detail = No hay nada en esta dirección.
problem-method-not-allowed = Método no admitido
    .detail = Esta dirección no acepta ese método; la cabecera «Allow» enumera los que acepta.
problem-not-acceptable = No disponible en esta forma
    .detail = No hay nada en una forma que la petición acepte.
problem-cursor-expired = El cursor ha caducado
    .detail = Los datos han cambiado desde que se creó el cursor. Empiece de nuevo por la primera página.
problem-too-large = La petición es demasiado grande
    .detail = El cuerpo de la petición supera el tamaño admitido aquí.
problem-unsupported-media-type = Tipo de contenido desconocido
    .detail = El cuerpo debe ser JSON en UTF-8, de tipo application/json.
problem-rate-limited = Demasiadas peticiones
    .detail = Su dirección ha enviado más peticiones de las permitidas. Inténtelo de nuevo tras el plazo de «Retry-After».
problem-client-closed = La petición se interrumpió
    .detail = El cuerpo de la petición no llegó entero.
problem-unauthorized = Identifíquese, por favor
    .detail = Esta dirección pide la contraseña del servicio.
problem-forbidden = Acceso denegado
    .detail = Esta dirección está cerrada porque el servicio no tiene contraseña. Defina ADMIN_PASSWORD para abrirla.
problem-forbidden-proxied = Acceso denegado a través de un proxy
    .detail = Esta dirección es solo para esta máquina, y la petición llegó a través de un proxy, detrás del cual puede estar cualquiera. Defina ADMIN_PASSWORD para abrirla.
problem-forbidden-host = Acceso denegado con este nombre
    .detail = Sin contraseña, esta dirección solo responde a los nombres de esta máquina, como localhost o 127.0.0.1. Defina ADMIN_PASSWORD para llegar a ella con otro nombre.
problem-internal = Algo ha fallado
    .detail = El error es nuestro y ha quedado registrado. Indique la instancia si lo comunica.
problem-unavailable = No disponible por el momento
    .detail = Una parte del servicio que hace falta aquí no responde. Inténtelo de nuevo pronto.
