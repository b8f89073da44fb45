home_title = Bienvenue chez Holberton
home_header = Bonjour monde!
logged_in_as = Vous êtes connecté en tant que { $username }.
not_logged_in = Vous n'êtes pas connecté.
current_time_is = Nous sommes le { $current_time }.

## The page that lets you try locales and time zones

i18n_title = Langues et fuseaux horaires
i18n_locale = Langue
i18n_timezone = Fuseau horaire
i18n_user = Connecté en tant que
i18n_nobody = Personne
i18n_apply = Afficher
language_en = English
language_fr = Français
language_es = Español
language_ar = العربية

## Names, a table in pages

names_title = Prénoms populaires
names_year = Année de naissance
names_gender = Sexe
names_ethnicity = Origine ethnique
names_name = Prénom de l’enfant
names_count = Nombre
names_rank = Rang
page_of = Page { $page } sur { $pages }
page_next = Suivant
page_previous = Précédent
rows_found =
    { $count ->
        [0] Aucun prénom trouvé
        [one] { $count } prénom
        [many] { $count } de prénoms
       *[other] { $count } prénoms
    }

## Products and their stock

stock_title = Produits
stock_price = { NUMBER($price, style: "currency", currency: "USD", maximumFractionDigits: 0) }
stock_left =
    { $count ->
        [0] Épuisé
        [one] { $count } restant
        [many] { $count } restants
       *[other] { $count } restants
    }
stock_reserve = Réserver
stock_confirmed = Réservation confirmée
stock_not_enough = Stock insuffisant
stock_not_found = Produit introuvable

## Seats

seats_title = Places
seats_available =
    { $count ->
        [0] Aucune place disponible
        [one] { $count } place disponible
        [many] { $count } de places disponibles
       *[other] { $count } places disponibles
    }
seats_reserve = Réserver une place
seats_in_process = Réservation en cours
seats_blocked = Les réservations sont bloquées
seats_failed = La réservation a échoué
seats_processing = File d’attente en cours de traitement

## Notifications

notifications_title = Notifications
notification_phone = Numéro de téléphone
notification_message = Message
notification_send = Envoyer
notification_inactive = En attente
notification_delayed = Différée
notification_active = En cours d’envoi
notification_complete = Envoyée
notification_failed = Échouée
notification_progress = { NUMBER($progress, style: "percent") } effectués
notifications_created =
    { $count ->
        [one] { $count } notification créée
        [many] { $count } de notifications créées
       *[other] { $count } notifications créées
    }

## Titles of problems (RFC 9457)

problem_bad_request = Requête incorrecte
problem_not_found = Introuvable
problem_method_not_allowed = Méthode non autorisée
problem_conflict = Conflit
problem_too_large = Requête trop volumineuse
problem_unsupported_media_type = Type de contenu non pris en charge
problem_too_many_requests = Trop de requêtes
problem_internal = Erreur interne
problem_unavailable = Service indisponible
problem_bad_parameter = Le paramètre { $name } n’est pas valide
